import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { duringCopy, failureOf, load, ridesText, taskOf, upTo } from './load-scene.ts';

/** Enough rows that something can happen during the COPY. */
const MANY = ridesText(upTo(100_000));

async function newDatabase(version: PostgresqlVersion): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query('CREATE TABLE rides (rider text, ride_id bigint); CREATE INDEX old_index ON rides (ride_id)');
  return database;
}

/** Loads MANY, with something done to the mother during the COPY. */
async function loadDuring(database: TestDatabase, streams: number, statement: string) {
  const task = await taskOf({ text: MANY, spec: `loading: { streamsPerTable: ${streams} }` });
  const during = duringCopy(() => database.query(statement));
  const loading = load(database, task, during.log);
  return { loading, done: during.done };
}

const indexesOf = async (database: TestDatabase) =>
  (await database.query(`SELECT indexname AS name FROM pg_indexes WHERE tablename = 'v1_rides' ORDER BY 1`)).map(
    ({ name }) => name,
  );

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable, while the mother changes, on PostgreSQL ${version}`, () => {
    for (const streams of [1, 2]) {
      test(`builds the indexes that the mother has after COPY (streams: ${streams})`, async () => {
        const database = await newDatabase(version);
        const statement = 'CREATE INDEX new_index ON rides (rider); DROP INDEX old_index';
        // With one stream the load has a lock on the mother, which lets CREATE INDEX pass, but DROP INDEX wait.
        const { loading, done } = await loadDuring(
          database,
          streams,
          streams === 1 ? 'CREATE INDEX new_index ON rides (rider)' : statement,
        );
        assert.equal((await loading).rows, 100_000);
        await done();
        assert.deepEqual(
          await indexesOf(database),
          streams === 1 ? ['v1_rides_new_index', 'v1_rides_old_index'] : ['v1_rides_new_index'],
        );
      });
    }

    test('fails where a new index of the mother refuses the rows, and loads nothing', async () => {
      const database = await newDatabase(version);
      const { loading, done } = await loadDuring(database, 2, 'CREATE UNIQUE INDEX one_rider ON rides (rider)');
      const failure = await failureOf(loading);
      await done();
      assert.deepEqual([failure.kind, failure.code], ['Data', 'Sql23505']);
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM rides'), [{ rows: 0 }]);
    });
  });
}
