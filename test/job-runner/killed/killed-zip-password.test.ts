import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../bench/columns.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import type { TestDatabase } from '../../database.ts';
import { rawZip } from '../../failing-dumps/failing-dumps.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';
import { aesEntry } from '../dump/encrypted/aes-writer.ts';
import { idsOf, load, ridesDatabase, ridesText, taskOf } from '../load/load-scene.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const MOMENTS = 12;
const PASSWORD = 'correct horse battery staple';
const IDS = Array.from({ length: 200_000 }, (_, index) => index);
/** The fixed seed of all moments. */
const random = randomFrom(20_261_202);
const folder = temporaryFolder();
const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, PASSWORD);

/** The task that a catalogue makes of a dump whose entries are encrypted. */
async function encryptedTask(streamsPerTable: number): Promise<LoadTask> {
  const task = await taskOf({ text: '', run: `run-${random(1_000_000_000)}` });
  const file = join(task.dumpsFolder, task.table.dump.file);
  const schema =
    '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "rider", "column_type": "varchar"}]';
  const files = { 'rides.json': schema, 'rides.dat': ridesText(IDS) };
  writeFileSync(file, rawZip(Object.entries(files).map(([name, text]) => aesEntry(name, text, PASSWORD))));
  const archive = await openArchive(file, task.limits);
  const [schemaFile, dat] = await Promise.all(
    archive.entries.map(async (entry) => {
      const { name, bytes, compressedBytes } = entry;
      return { entry: name, bytes, compressedBytes, crc32: await archive.identify(entry) };
    }),
  );
  await archive.close();
  assert(schemaFile !== undefined && dat !== undefined);
  const table = { ...task.table, schemaFile, dat };
  return {
    ...task,
    table,
    loading: { ...task.loading, streamsPerTable },
    decryption: { zipPasswordFile: passwordFile },
  };
}

/** The real runner in a process of its own. */
function startRunner({ uri }: TestDatabase, task: LoadTask) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: uri,
      MOTHERLOAD_RESULT_FILE: join(folder, `result-${random(1_000_000_000)}.json`),
    },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, by) => resolve(by))) };
}

describe('a load of an encrypted entry, killed at random moments,', () => {
  let killed = 0;
  for (let number = 1; number <= MOMENTS; number++) {
    const [milliseconds, streams] = [150 + random(1200), 1 + (number % 3)];
    it(`has nothing or all after ${milliseconds} ms with ${streams} streams, and all of it, once, when it is repeated`, async () => {
      const database = await ridesDatabase(number % 2 === 0 ? 18 : 14);
      const task = await encryptedTask(streams);
      const { child, ended } = startRunner(database, task);
      await wait(milliseconds);
      child.kill('SIGKILL');
      if ((await ended) === 'SIGKILL') killed++;
      const [row] = await database.query('SELECT count(*)::int AS rows FROM rides');
      assert(row?.['rows'] === 0 || row?.['rows'] === IDS.length, `readers see ${String(row?.['rows'])} rows`);
      assert.equal((await load(database, task)).rows, IDS.length);
      assert.deepEqual(await idsOf(database, 'rides'), IDS);
      const staging = await database.query(
        "SELECT relname FROM pg_class WHERE relname LIKE 'staging%' AND relkind = 'r'",
      );
      assert.deepEqual(staging, []);
    });
  }

  it('was in fact killed', () => assert(killed >= 3, `${killed} of ${MOMENTS} loads`));
});
