import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

const TEXT = [
  'ride_id|day|rider',
  '1|2020-01-02|one',
  '2|03/04/2020|`two\nlines`',
  '-3|2020-01-02|refused by a CHECK',
  '4|05/06/2020|NULL',
  '1|2020-01-03|there twice',
  '6|2020-01-06|six',
  '',
].join('\n');

for (const version of SUPPORTED_VERSIONS) {
  describe(`motherload verify with rejects on PostgreSQL ${version}`, async () => {
    const folder = temporaryFolder();
    const database = await createTestDatabase(version);
    await database.query('CREATE TABLE rides (ride_id integer PRIMARY KEY CHECK (ride_id > 0), day date)');
    const manifest = join(folder, 'ingestion.yaml');
    const columns = { ride_id: 'int', day: 'date', rider: 'varchar' };
    await writeDump(join(folder, 'dumps'), 'crm_v1.zip', { rides: { columns, rows: [], text: TEXT } });
    const motherloadWith = async (command: string, spec: string) => {
      writeFileSync(manifest, manifestText(`rejects: { limit: 9 }\n${spec}`));
      return await motherload([command, '-f', manifest, '--dumps', join(folder, 'dumps'), '--database', database.uri]);
    };
    const REPLAYED = 'format: { dateOrder: DMY }';

    it('finds the same rows and the same rejects, whoever found them', async () => {
      assert.equal((await motherloadWith('run', '')).code, 0);
      const { code, stdout } = await motherloadWith('verify', '');
      assert.equal(code, 0, stdout);
      assert.match(stdout, /public\.v1_rides +Same +2 +4 +0 +0\n/);
    });

    it('finds a reject that somebody has deleted, and one that somebody has changed', async () => {
      await database.query('CREATE TABLE kept AS SELECT * FROM motherload.rejects');
      await database.query('DELETE FROM motherload.rejects WHERE record = 3');
      const deleted = await motherloadWith('verify', '');
      assert.match(deleted.stdout, /v1_rides: 1 record cannot be loaded and is not among the rejects\n/);
      await database.query('INSERT INTO motherload.rejects SELECT * FROM kept WHERE record = 3');
      await database.query(`UPDATE motherload.rejects SET raw = 'x' WHERE record = 3`);
      const changed = await motherloadWith('verify', '');
      assert.match(
        changed.stdout,
        /v1_rides: 1 reject is not in the dump like this, or could be loaded now \(motherload replay\)\n/,
      );
      assert.equal(changed.code, 1);
      await database.query('UPDATE motherload.rejects SET raw = kept.raw FROM kept WHERE kept.record = rejects.record');
    });

    it('finds the same rows after a replay, by the manifest of the replay, and what was changed before it', async () => {
      await database.query(`UPDATE v1_rides SET rider = 'changed' WHERE ride_id = 6`);
      const replayed = await motherloadWith('replay', REPLAYED);
      assert.match(replayed.stdout + replayed.stderr, /2 rejects are loaded now, 2 are left/);
      const changed = await motherloadWith('verify', REPLAYED);
      assert.match(changed.stdout, /Differs +4 +2 +1 +1\n/);
      assert.match(changed.stdout, /not those that were loaded, by the checksum in the ledger/);
      await database.query(`UPDATE v1_rides SET rider = 'six' WHERE ride_id = 6`);
      const { code, stdout } = await motherloadWith('verify', REPLAYED);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /public\.v1_rides +Same +4 +2 +0 +0\n/);
    });
  });
}
