import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

const NO_LEDGER =
  'nothing has been loaded yet: there is no ledger in schema motherload; name another schema with --ledger-schema\n';
const TEXT = 'Ride_ID|rider\n1|one\n2x|`two\nlines`\n3|three|more\n4|four\n';

describe('motherload rejects', async () => {
  const folder = temporaryFolder();
  const database = await createTestDatabase();
  const manifest = join(folder, 'ingestion.yaml');
  await writeDump(join(folder, 'dumps'), 'crm_v1.zip', {
    rides: { columns: { ride_id: 'int', rider: 'varchar' }, rows: [], text: TEXT },
  });
  const run = async (rejects: string) => {
    writeFileSync(manifest, manifestText(rejects));
    return await motherload(['run', '-f', manifest, '--dumps', join(folder, 'dumps'), '--database', database.uri]);
  };
  const rejects = (...parameters: string[]) => motherload(['rejects', '--database', database.uri, ...parameters]);

  it('says so where there are none, not even a ledger', async () => {
    assert.deepEqual(await rejects(), { code: 0, stdout: 'no records were left out\n', stderr: NO_LEDGER });
    const { code, stderr } = await rejects('v1_rides', '--export', join(folder, 'none.dat'));
    assert.equal(code, 2);
    const unknown =
      NO_LEDGER +
      'error: the ledger in schema motherload has no version table v1_rides: motherload status lists them\n';
    assert.equal(stderr, unknown);
    assert.deepEqual(await rejects('v1_rides', '--output', 'json'), { code: 2, stdout: '', stderr: unknown });
  });

  it('lists the records that a run has left out, which the run and the ledger count', async () => {
    const { code, stdout } = await run('rejects: { limit: 2 }');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /public.v1_rides|v1_rides .* Loaded .* 2 rejects/);
    assert.match(stdout, /rejects: crm_v1\.zip, table rides: 2 records left out: line 3, column ride_id: .*; line 5: /);
    const listed = await rejects();
    assert.match(
      listed.stdout,
      /public\.v1_rides +3 +ride_id +2x +22P02 +the value is not valid input for the type integer/,
    );
    assert.match(listed.stdout, /public\.v1_rides +5 +22P04 +the record has more fields/);
    assert.match(listed.stdout, /\n2 records were left out\n$/);
    const status = await motherload(['status', '--database', database.uri]);
    assert.match(status.stdout, /REJECTS[^]*v1_rides .* 2 +2 /);
  });

  it('prints them with position and bytes as JSON', async () => {
    const [first, second] = JSON.parse((await rejects('public.v1_rides', '--output', 'json')).stdout) as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      [first?.['line'], first?.['byteOffset'], Buffer.from(first?.['raw'] as string, 'base64').toString()],
      [3, 20, '2x|`two\nlines`'],
    );
    assert.deepEqual([second?.['record'], second?.['line'], second?.['column']], [3, 5, null]);
  });

  it('exports them as a DAT file with the header, and overwrites none', async () => {
    const file = join(folder, 'rides.dat');
    const { code, stdout } = await rejects('v1_rides', '--export', file);
    assert.deepEqual([code, stdout], [0, `2 records of public.v1_rides are in ${file}\n`]);
    assert.equal(readFileSync(file, 'latin1'), 'Ride_ID|rider\n2x|`two\nlines`\n3|three|more\n');
    const again = await rejects('v1_rides', '--export', file);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /cannot be created .*exists.*choose another name/);
  });

  it('are counted by a later run that finds the table loaded, and are too many for one that allows fewer', async () => {
    const again = await run('rejects: { limit: 2 }');
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.stdout, /AlreadyLoaded[^]*rejects: crm_v1\.zip, table rides: 2 records left out/);
    const fewer = await run('rejects: { limit: 1 }');
    assert.equal(fewer.code, 1);
    assert.match(fewer.stdout, /without 2 records that could not be loaded, and spec\.rejects\.limit is 1/);
    const none = await run('');
    assert.equal(none.code, 1);
    assert.match(none.stdout, /without 2 records that could not be loaded, and spec\.rejects allows none/);
  });
});
