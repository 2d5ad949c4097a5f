import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { finish } from '../../../job-runner/finish/finish.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { failureOf, load, ridesDatabase, ridesText, taskOf } from '../load/load-scene.ts';

const TEXT = ridesText([1, 2]);

/** The end of the run `run-1`, whose Jobs reported so many loaded tables. */
async function endOf(database: TestDatabase, loaded: number) {
  const { ingestion, target } = await taskOf({ text: TEXT });
  const task = { kind: 'Finish', ingestion, target, mothers: ['rides'], loaded } as const;
  return await finish(task, database.uri, SILENT_LOG);
}

async function loadBoth(version: (typeof SUPPORTED_VERSIONS)[number]): Promise<TestDatabase> {
  const database = await ridesDatabase(version);
  for (const dump of ['v1', 'v2']) await load(database, { text: TEXT, version: dump });
  return database;
}

const AGAIN =
  '. Load all tables again, by kubectl motherload retry --all or the same motherload run: those that are there are found loaded, and a run of the failed ones alone would leave these out';

const LOSSES: readonly (readonly [what: string, sql: string, message: string])[] = [
  [
    'somebody dropped',
    'DROP TABLE v1_rides',
    '1 of 2 tables that this run has loaded are no longer there: v1_rides (dropped or renamed)',
  ],
  [
    'somebody dropped and created again',
    'DROP TABLE v1_rides; CREATE TABLE v1_rides () INHERITS (rides)',
    '1 of 2 tables that this run has loaded are no longer there: v1_rides (another table has its name)',
  ],
  [
    'somebody took from its mother',
    'ALTER TABLE v2_rides NO INHERIT rides',
    '1 of 2 tables that this run has loaded are no longer there: v2_rides (no longer below the mother table public.rides)',
  ],
  [
    'a standby has not got, like its row in the ledger',
    "DROP TABLE v1_rides; DELETE FROM motherload.loads WHERE version_table = 'v1_rides'",
    '1 of 2 tables that this run has loaded are no longer there: 1 that the ledger in schema motherload does not know any more',
  ],
  [
    'went with the ledger',
    'DROP SCHEMA motherload CASCADE; DROP TABLE v1_rides, v2_rides',
    '2 of 2 tables that this run has loaded are no longer there: 2 that the ledger in schema motherload does not know any more',
  ],
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`the end of a run on PostgreSQL ${version}`, () => {
    test('finds the tables that it has loaded, also where another run has loaded one again', async () => {
      const database = await loadBoth(version);
      assert.equal((await endOf(database, 2)).outcome, 'Succeeded');
      const newer = { text: ridesText([3]), run: 'run-2', spec: 'loading: { onExisting: Replace }' };
      assert.equal((await load(database, newer)).outcome, 'Loaded');
      assert.equal((await endOf(database, 2)).outcome, 'Succeeded');
    });

    test('counts what is missing of the tables that earlier runs loaded, which fails nothing', async () => {
      const database = await loadBoth(version);
      await load(database, { text: TEXT, version: 'v3', run: 'run-2' });
      const { ingestion, target } = await taskOf({ text: TEXT });
      const goneAt = async (loaded: number) => {
        const earlier = { runs: ['run-1', 'run-2'], loaded };
        const run = { ...ingestion, run: 'run-3' };
        const result = await finish(
          { kind: 'Finish', ingestion: run, target, mothers: [], earlier },
          database.uri,
          SILENT_LOG,
        );
        return result.gone;
      };
      assert.equal(await goneAt(3), 0);
      await database.query('DROP TABLE v1_rides; ALTER TABLE v3_rides NO INHERIT rides');
      assert.deepEqual([await goneAt(3), await goneAt(5)], [2, 4]);
    });

    for (const [what, sql, message] of LOSSES) {
      test(`fails where a table is missing that ${what}`, async () => {
        const database = await loadBoth(version);
        await database.query(sql);
        const failure = await failureOf(endOf(database, 2));
        assert.deepEqual([failure.kind, failure.code, failure.message], ['Manifest', 'LoadsGone', message + AGAIN]);
      });
    }

    test('fails where another run has dropped a table, and what it found loaded is its own affair', async () => {
      const database = await loadBoth(version);
      await database.query(`DROP TABLE v1_rides; WITH gone AS (DELETE FROM motherload.loads WHERE version_table = 'v1_rides' RETURNING *)
        INSERT INTO motherload.history (outcome, target_schema, version_table, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes,
          ingestion_namespace, ingestion_name, ingestion_run) SELECT 'Dropped', target_schema, version_table, mother, dump_file, entry, dump_version,
          entry_crc32, entry_bytes, ingestion_namespace, ingestion_name, ingestion_run FROM gone`);
      assert.match((await failureOf(endOf(database, 2))).message, /v1_rides \(dropped or renamed\)\. Load/);
      assert.equal((await endOf(database, 0)).outcome, 'Succeeded');
    });
  });
}
