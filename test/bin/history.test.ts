import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

describe('motherload status --history', async () => {
  const folder = temporaryFolder();
  const database = await createTestDatabase();
  await database.query('CREATE TABLE rides (ride_id integer)');
  const manifest = join(folder, 'ingestion.yaml');
  const run = async (text: string, spec = 'loading: { onExisting: Replace }') => {
    writeFileSync(manifest, manifestText(spec));
    await writeDump(join(folder, 'dumps'), 'crm_v1.zip', { rides: { columns: { ride_id: 'int' }, rows: [], text } });
    return await motherload(['run', '-f', manifest, '--dumps', join(folder, 'dumps'), '--database', database.uri]);
  };
  const history = (...more: string[]) => motherload(['status', '--history', '--database', database.uri, ...more]);

  it('says so where there is none, not even a ledger', async () => {
    const nothing = { code: 0, stdout: 'no load was replaced or dropped, and none failed\n', stderr: '' };
    const { stderr, ...unloaded } = await history();
    assert.deepEqual({ ...unloaded, stderr: '' }, nothing);
    assert.match(stderr, /^nothing has been loaded yet: there is no ledger in schema motherload; .*--ledger-schema\n$/);
    assert.equal((await run('ride_id\n1\n')).code, 0);
    assert.deepEqual(await history(), nothing);
    assert.deepEqual(JSON.parse((await history('-o', 'json')).stdout), { history: [] });
  });

  it('lists loads that were replaced and loads that failed, the newest first', async () => {
    assert.equal((await run('ride_id\n1\n2\n')).code, 0);
    assert.equal((await run('ride_id\nx\n')).code, 1);
    const lines = (await history()).stdout.split('\n');
    assert.match(lines[0] ?? '', /^ENDED AT +VERSION TABLE +OUTCOME +ROWS/);
    assert.match(
      lines[1] ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +public\.v1_rides +Failed +crm_v1\.zip .* Sql22P02: crm_v1\.zip:rides\.dat, table rides, line 2/,
    );
    assert.match(lines[2] ?? '', /public\.v1_rides +Replaced +1 +0 +crm_v1\.zip/);
    const { history: loads } = JSON.parse((await history('-o', 'json')).stdout) as {
      history: Record<string, unknown>[];
    };
    assert.deepEqual(
      loads.map(({ outcome, rows, code }) => [outcome, rows, code]),
      [
        ['Failed', null, 'Sql22P02'],
        ['Replaced', 1, null],
      ],
    );
    const status = await motherload(['status', '--database', database.uri]);
    assert.match(status.stdout, /public\.v1_rides +rides +2 +0 /);
  });
});
