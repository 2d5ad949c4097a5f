import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { replayTable } from '../../../job-runner/load/replay.ts';
import { verifyTable } from '../../../job-runner/load/verify-table.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

/** The third record does not fit, the fourth never will. */
const FIRST = { columns: { ride_id: 'int', km: 'int' }, lines: ['1|10', '2|20', '3|3000000000', '4|far'] };
const SECOND = { columns: { ride_id: 'int', km: 'bigint' }, lines: ['5|5000000000'] };
const LIMIT = { limit: 2 };

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects of a version whose mother is widened for another one, on PostgreSQL ${version}`, () => {
    const widened = async () => {
      const rides = await ContractScene.create(version);
      await rides.release('v1', FIRST);
      assert.deepEqual(await rides.run('', LIMIT), ['v1 Loaded']);
      await rides.release('v2', SECOND);
      assert.deepEqual(await rides.run('', LIMIT), ['v1 AlreadyLoaded', 'v2 Loaded']);
      return rides;
    };
    const verify = (rides: ContractScene) =>
      rides.withFirstLoad(async (task, db) => {
        const { outcome, rows, rejects, findings } = await verifyTable(task, rides.database.uri, db);
        return { outcome, rows, rejects, findings };
      }, LIMIT);

    test('are found by verify where they could be loaded now', async () => {
      const rides = await widened();
      assert.deepEqual(await verify(rides), {
        ...{ outcome: 'Differs', rows: 2, rejects: 2 },
        findings: [
          '3 records of the dump can be loaded, and 2 were',
          '1 reject is not in the dump like this, or could be loaded now (motherload replay)',
          '1 row is only in the dump, and 0 only in the table',
        ],
      });
    });

    test('are loaded by a replay where they fit now, and proved then', async () => {
      const rides = await widened();
      const replayed = await rides.withFirstLoad((task, db) => replayTable(task, rides.database.uri, db), LIMIT);
      assert.deepEqual(replayed, { versionTable: 'public.v1_rides', rejects: { loaded: 1, left: 1 }, isByTask: true });
      assert.deepEqual(await verify(rides), { outcome: 'Same', rows: 3, rejects: 1, findings: [] });
      assert.deepEqual(await rides.run('', LIMIT), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
    });
  });
}
