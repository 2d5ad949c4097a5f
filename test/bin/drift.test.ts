import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

const release = (folder: string, version: string, columns: Record<string, string>) =>
  writeDump(join(folder, 'dumps'), `crm_${version}.zip`, { rides: { columns, rows: [] } });

describe('motherload drift', async () => {
  const folder = temporaryFolder();
  const database = await createTestDatabase();
  const manifest = join(folder, 'ingestion.yaml');
  writeFileSync(manifest, manifestText(''));
  await release(folder, 'v1', { ride_id: 'int', km: 'int', note: 'text' });
  const dumps = ['-f', manifest, '--dumps', join(folder, 'dumps')];
  const drift = (...parameters: string[]) => motherload(['drift', '--database', database.uri, ...parameters]);

  it('says so where there is no version, not even a ledger', async () => {
    const { code, stdout, stderr } = await drift();
    assert.deepEqual([code, stdout], [0, 'no mother table has a version\n']);
    assert.match(stderr, /^nothing has been loaded yet: there is no ledger in schema motherload; .*--ledger-schema\n$/);
  });

  it('lists what each version added, dropped and retyped, of the database alone or with the dumps that are not loaded', async () => {
    const ran = await motherload(['run', ...dumps, '--database', database.uri]);
    assert.equal(ran.code, 0, ran.stdout);
    await release(folder, 'v2', { ride_id: 'int', km: 'bigint', tip: 'int' });
    const loaded = await drift();
    assert.match(loaded.stdout, /^public\.rides +v1 +crm_v1\.zip +yes$/m);
    assert.match(loaded.stdout, /\n0 of 1 mother tables have versions that differ\n$/);
    const all = await drift(...dumps);
    assert.match(all.stdout, /^public\.rides +v2 +crm_v2\.zip +no +tip integer +note +km integer → bigint$/m);
    assert.match(all.stdout, /\n1 of 1 mother tables have versions that differ\n$/);
  });

  it('prints the same as JSON', async () => {
    const { mothers } = JSON.parse((await drift(...dumps, '--output', 'json')).stdout) as {
      mothers: { mother: string; versions: Record<string, unknown>[] }[];
    };
    assert.deepEqual(mothers[0]?.versions[1], {
      ...{ version: 'v2', dump: 'crm_v2.zip', isLoaded: false, isRecorded: true },
      added: [{ name: 'tip', type: 'integer' }],
      dropped: [{ name: 'note', type: 'text' }],
      retyped: [{ name: 'km', from: 'integer', to: 'bigint' }],
    });
  });

  it('is shown before a run by plan, with the change that it costs and whom that keeps waiting', async () => {
    const { code, stdout } = await motherload(['plan', ...dumps, '--database', database.uri]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^crm_v1\.zip +rides +v1_rides .* the same content was loaded at/m, 'as the run will find it');
    assert.match(stdout, /^rides +Use, changes +Database +ride_id integer, km bigint, note text, tip integer$/m);
    assert.match(
      stdout,
      /^-- mother table rides, for crm_v2\.zip: locks 2 tables against readers while .* are rewritten$/m,
    );
    assert.match(
      stdout,
      /LOCK TABLE "public"\."rides" IN ACCESS EXCLUSIVE MODE;\nALTER TABLE "public"\."rides"\n {2}ADD COLUMN "tip" integer,\n {2}ALTER COLUMN "km" TYPE bigint;/,
    );
    const created = /CREATE TABLE "motherload"."staging_[^;]*;/.exec(stdout)?.[0] ?? '';
    assert.doesNotMatch(created, /"tip"/, 'the mother has the column by then');
  });
});
