import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../../bench/columns.ts';
import { scanDumps } from '../../../../job-runner/catalogue/scan.ts';
import { tasksFrom } from '../../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../../bucket/fault-proxy.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { rawZip } from '../../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder } from '../../catalogue/tasks.ts';

const TABLES = 40;
const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
gateway.createBucket('dumps');
Object.assign(process.env, gateway.environment);
const tasks = tasksFrom(`{ s3: { bucket: dumps, endpoint: "${proxy.endpoint}" } }`);

/** Tables whose schema files lie as far apart as their DAT files are long; in another order than their names. */
function dump(datBytes: number, type = 'int'): Buffer {
  const random = randomFrom(20_261_202);
  const names = Array.from({ length: TABLES }, (_, index) => `t${(index * 7) % TABLES}`);
  return rawZip(
    names.flatMap((name) => [
      { name: `${name}.json`, content: `[{"column_name": "${name}_id", "column_type": "${type}"}]` },
      { name: `${name}.dat`, content: `${name}_id\n${random(9)}\n`.padEnd(datBytes, '\n'), method: 0 },
    ]),
  );
}

/** What a folder with the same dump has. */
async function ofFolder(zip: Buffer) {
  const folder = join(temporaryFolder(), 'dumps');
  mkdirSync(folder);
  writeFileSync(join(folder, 'crm_v1.zip'), zip);
  return columnsOf(await scanDumps(catalogueTask(folder)));
}
const columnsOf = (found: Awaited<ReturnType<typeof scanDumps>>) =>
  found.map(({ table, columns, dat, schemaFile, failure }) => ({ table, columns, dat, schemaFile, failure }));
const ranges = () => proxy.requests.filter(({ range }) => range !== undefined).length;

describe('the catalogue of a dump in a bucket', () => {
  beforeEach(() => proxy.reset());

  it('asks for schema files that lie far apart several at a time, each once, and finds what a folder has', async () => {
    const zip = dump(300_000);
    await gateway.put('dumps', 'crm_v1.zip', zip);
    let [active, most] = [0, 0];
    const act = async () => {
      most = Math.max(most, ++active);
      await wait(30);
      active--;
    };
    proxy.decide = () => ({ kind: 'Before', act });
    const found = columnsOf(await scanDumps(tasks.catalogue));
    assert.equal(found.length, TABLES);
    assert.deepEqual(found, await ofFolder(zip));
    assert.equal(ranges(), 1 + TABLES, 'the end of the ZIP, and each schema file');
    assert(most > 3 && most <= 8, `${most} at once`);
  });

  it('reads those ahead that lie close together, as one after the other', async () => {
    const zip = dump(20);
    await gateway.put('dumps', 'crm_v1.zip', zip);
    assert.deepEqual(columnsOf(await scanDumps(tasks.catalogue)), await ofFolder(zip));
    assert.equal(ranges(), 1, 'all of it is at its end');
    proxy.reset();
    const larger = dump(30_000);
    await gateway.put('dumps', 'crm_v1.zip', larger);
    assert.deepEqual(columnsOf(await scanDumps(tasks.catalogue)), await ofFolder(larger));
    assert(ranges() < TABLES, `${ranges()} requests`);
  });

  it('asks again for what it has not got', async () => {
    const zip = dump(300_000);
    await gateway.put('dumps', 'crm_v1.zip', zip);
    proxy.decide = ({ number }) => {
      if (number % 3 === 0) return { kind: 'Answer', status: 503, code: 'SlowDown' };
      return number % 7 === 0 ? { kind: 'Reset', afterBytes: 1000 } : undefined;
    };
    assert.deepEqual(columnsOf(await scanDumps(tasks.catalogue)), await ofFolder(zip));
  });

  it('is never half of one object and half of another, where it is replaced meanwhile', async () => {
    const [one, other] = [dump(300_000), dump(300_000, 'varchar')];
    await gateway.put('dumps', 'crm_v1.zip', one);
    let replaced: Promise<unknown> | undefined;
    proxy.decide = () => {
      if (ranges() < 20) return undefined;
      const act = async () => {
        await (replaced ??= gateway.put('dumps', 'crm_v1.zip', other));
      };
      return { kind: 'Before', act };
    };
    const found = await scanDumps(tasks.catalogue);
    const types = new Set(found.flatMap(({ columns }) => columns.map(({ sourceType }) => sourceType)));
    assert.deepEqual([...types], ['int']);
    assert(found.some(({ failure }) => failure?.code === 'DumpChanged'));
    assert(found.every(({ failure }) => failure === undefined || failure.code === 'DumpChanged'));
  });
});
