import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { replayTable } from '../../../job-runner/load/replay.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { duringCopy, load, ridesText, taskOf, upTo } from './load-scene.ts';
import { rejectsOf } from './rejects-scene.ts';

const BAD = 'x|nobody\n';
const LIMIT = 'rejects: { limit: 1 }';

for (const version of SUPPORTED_VERSIONS) {
  suite(`a replay while a run loads the table, on PostgreSQL ${version}`, () => {
    test('waits for it, and replays the rejects of that load', async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE rides (rider text, ride_id bigint)');
      await load(database, { text: ridesText(upTo(60_000)) + BAD, spec: LIMIT });
      const spec = `${LIMIT}\nloading: { onExisting: Replace }`;
      const task = await taskOf({ text: ridesText(upTo(60_001)) + BAD, run: 'run-2', spec });
      const db = await connect(database.uri);
      try {
        // By the old content the dump would be another one.
        const during = duringCopy(() => replayTable(task, database.uri, db));
        const { outcome, rows } = await load(database, task, during.log);
        assert.deepEqual([outcome, rows], ['Loaded', 60_001]);
        const replayed = { versionTable: 'public.v1_rides', rejects: { loaded: 0, left: 1 }, isByTask: true };
        assert.deepEqual(await during.done(), replayed);
      } finally {
        await db.end();
      }
      assert.deepEqual(
        (await rejectsOf(database)).map(({ record, line }) => [record, line]),
        [[60_002, 60_003]],
      );
    });

    test('is refused where somebody has emptied the table, which would look loaded with its rejects alone', async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE rides (rider text, ride_id bigint)');
      await load(database, { text: ridesText([1]) + BAD, spec: LIMIT });
      await database.query('TRUNCATE v1_rides');
      const db = await connect(database.uri);
      try {
        const task = await taskOf({ text: ridesText([1]) + BAD, run: 'run-2', spec: LIMIT });
        await assert.rejects(replayTable(task, database.uri, db), {
          code: 'ReplayDiffers',
          message:
            /^v1_rides holds none of its 1 row any more .*: load it again with spec\.loading\.onExisting Replace$/,
        });
      } finally {
        await db.end();
      }
      assert.equal((await rejectsOf(database)).length, 1);
    });
  });
}
