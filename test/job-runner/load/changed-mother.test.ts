import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { failureOf, loadDuring, MANY } from './load-scene.ts';

async function newDatabase(version: PostgresqlVersion): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query('CREATE TABLE rides (rider text, ride_id bigint); CREATE INDEX old_index ON rides (ride_id)');
  return database;
}

const indexesOf = async (database: TestDatabase) =>
  (await database.query(`SELECT indexname AS name FROM pg_indexes WHERE tablename = 'v1_rides' ORDER BY 1`)).map(
    ({ name }) => name,
  );

const NEW_INDEX = 'CREATE INDEX new_index ON rides (rider)';
/** By streams. With one the load holds a lock on the mother that CREATE INDEX does not wait for, but DROP INDEX does. */
const CHANGES = {
  1: { statement: NEW_INDEX, indexes: ['v1_rides_new_index', 'v1_rides_old_index'] },
  2: { statement: `${NEW_INDEX}; DROP INDEX old_index`, indexes: ['v1_rides_new_index'] },
};

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable, while the mother changes, on PostgreSQL ${version}`, () => {
    for (const [streams, { statement, indexes }] of Object.entries(CHANGES)) {
      test(`builds the indexes that the mother has after COPY (streams: ${streams})`, async () => {
        const database = await newDatabase(version);
        const scene = { text: MANY, spec: `loading: { streamsPerTable: ${streams} }` };
        assert.equal((await loadDuring(database, scene, statement)).rows, 100_000);
        assert.deepEqual(await indexesOf(database), indexes);
      });
    }

    test('fails where a new index of the mother refuses the rows, and loads nothing', async () => {
      const database = await newDatabase(version);
      const scene = { text: MANY, spec: 'loading: { streamsPerTable: 2 }' };
      const failure = await failureOf(loadDuring(database, scene, 'CREATE UNIQUE INDEX one_rider ON rides (rider)'));
      assert.deepEqual([failure.kind, failure.code], ['Data', 'Sql23505']);
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM rides'), [{ rows: 0 }]);
    });
  });
}
