import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { failureOf, LEDGER_TABLES, load, loadDuring, MANY, relationsOf, ridesText } from './load-scene.ts';

/** With a version table to replace. */
async function loadedDatabase(version: PostgresqlVersion): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query('CREATE TABLE rides (rider text, ride_id bigint)');
  await load(database, { text: ridesText([1, 2]) });
  return database;
}

const ids = async (database: TestDatabase) =>
  (await database.query('SELECT ride_id::int AS id FROM v1_rides ORDER BY 1')).map(({ id }) => id);

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable that replaces a version table on PostgreSQL ${version}`, () => {
    for (const streams of [1, 2]) {
      const scene = { text: MANY, spec: `loading: { onExisting: Replace, streamsPerTable: ${streams} }` };

      for (const [what, statement] of Object.entries({
        table: 'CREATE TABLE v1_rides AS SELECT 99 AS ride_id',
        view: 'CREATE VIEW v1_rides AS SELECT 99 AS ride_id',
      })) {
        test(`keeps a ${what} that somebody created under the name during the load (streams: ${streams})`, async () => {
          const database = await loadedDatabase(version);
          const failure = await failureOf(loadDuring(database, scene, `DROP TABLE v1_rides; ${statement}`));
          assert.deepEqual([failure.kind, failure.code], ['Manifest', 'NotOurs']);
          assert.deepEqual(await ids(database), [99]);
        });
      }

      test(`keeps a table whose ledger row was deleted during the load (streams: ${streams})`, async () => {
        const database = await loadedDatabase(version);
        const failure = await failureOf(loadDuring(database, scene, 'DELETE FROM motherload.loads'));
        assert.equal(failure.code, 'NotOurs');
        assert.deepEqual(await ids(database), [1, 2]);
      });

      test(`keeps a table that a view has depended on since the load began, and names the view (streams: ${streams})`, async () => {
        const database = await loadedDatabase(version);
        const statement = 'CREATE VIEW report AS SELECT ride_id FROM v1_rides';
        const failure = await failureOf(loadDuring(database, scene, statement));
        assert.deepEqual([failure.kind, failure.code], ['Manifest', 'TableInUse']);
        assert.match(failure.message, /view report depends on table v1_rides/);
        assert.deepEqual(await ids(database), [1, 2]);
        const relations = ['public.report', 'public.rides', 'public.v1_rides'];
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, ...relations]);
      });

      test(`uses the name of a table that was dropped during the load (streams: ${streams})`, async () => {
        const database = await loadedDatabase(version);
        assert.equal((await loadDuring(database, scene, 'DROP TABLE v1_rides')).rows, 100_000);
      });
    }
  });
}
