import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { failureOf, idsOf, load, ridesDatabase, ridesText, type Scene } from './load-scene.ts';

const TWO = ridesText([1, 2]);
const OWN_COLUMN: Scene = {
  text: 'ride_id|rider|city\n1|a|b\n',
  columns: { ride_id: 'int', rider: 'varchar', city: 'varchar' },
};

/** By a session of its own, since a server counts what a session did when that ends. */
async function deleteAll(database: TestDatabase): Promise<void> {
  const session = await connect(database.uri);
  await session.query('DELETE FROM v1_rides');
  await session.end();
  const statistics = "SELECT FROM pg_stat_user_tables WHERE relname = 'v1_rides' AND n_live_tup = 0 AND n_tup_del = 2";
  while ((await database.query(statistics)).length === 0) await setTimeout(100);
}

const LOSSES: Readonly<Record<string, (database: TestDatabase) => Promise<unknown>>> = {
  TRUNCATE: (database) => database.query('TRUNCATE v1_rides'),
  DELETE: (database) => deleteAll(database),
  'DELETE and VACUUM': async (database) => {
    await database.query('DELETE FROM v1_rides');
    await database.query('VACUUM v1_rides');
  },
};

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable where rows were taken from a table that was loaded, on PostgreSQL ${version}`, () => {
    for (const [statement, lose] of Object.entries(LOSSES)) {
      test(`does not take a table for loaded that ${statement} has emptied, and does what onExisting says`, async () => {
        const database = await ridesDatabase(version);
        await load(database, { text: TWO });
        await lose(database);
        const failure = await failureOf(load(database, { text: TWO, run: 'run-2' }));
        assert.equal(failure.code, 'OtherContentLoaded');
        assert.match(
          failure.message,
          /^v1_rides holds none of its 2 rows any more \(loaded at [^ ]+Z, deleted since\): set spec\.loading\.onExisting to Replace or Skip/,
        );
        const skipped = await load(database, { text: TWO, run: 'run-2', spec: 'loading: { onExisting: Skip }' });
        assert.equal(skipped.outcome, 'Skipped');
        assert.match(
          skipped.message,
          /^v1_rides holds none of its 2 rows any more .* and spec\.loading\.onExisting is Skip$/,
        );
        const replaced = await load(database, { text: TWO, run: 'run-2', spec: 'loading: { onExisting: Replace }' });
        assert.deepEqual([replaced.outcome, await idsOf(database, 'rides')], ['Loaded', [1, 2]]);
      });
    }

    test('says so to a later attempt of the same run, too', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      await database.query('TRUNCATE v1_rides');
      assert.match((await failureOf(load(database, { text: TWO }))).message, /holds none of its 2 rows any more/);
    });

    test('takes a table without rows for loaded that had none', async () => {
      const database = await ridesDatabase(version);
      const text = ridesText([]);
      await load(database, { text });
      assert.equal((await load(database, { text, run: 'run-2' })).outcome, 'AlreadyLoaded');
    });

    test('does not take a table for loaded that lacks a column', async () => {
      const database = await ridesDatabase(version);
      await load(database, OWN_COLUMN);
      assert.equal((await load(database, { ...OWN_COLUMN, run: 'run-2' })).outcome, 'AlreadyLoaded');
      await database.query('ALTER TABLE v1_rides DROP COLUMN city');
      const failure = await failureOf(load(database, { ...OWN_COLUMN, run: 'run-2' }));
      assert.match(
        failure.message,
        /^v1_rides holds no column city any more \(loaded at [^ ]+Z, dropped or renamed since\): set/,
      );
      await load(database, { ...OWN_COLUMN, run: 'run-2', spec: 'loading: { onExisting: Replace }' });
      assert.deepEqual(await database.query('SELECT city FROM v1_rides'), [{ city: 'b' }]);
    });
  });
}
