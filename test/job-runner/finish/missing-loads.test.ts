import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { packNames } from '../../../crds/contract/packed-names.ts';
import { finish } from '../../../job-runner/finish/finish.ts';
import type { ReportedTables } from '../../../crds/contract/task.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { failureOf, load, ridesDatabase, ridesText, taskOf } from '../load/load-scene.ts';

const TEXT = ridesText([1, 2]);

const NAMES_BYTES = 1024;

/** The end of the run `run-1`, whose Jobs reported so many loaded tables, and these as found loaded. */
async function endOf(database: TestDatabase, loaded: number, found: readonly string[] = []) {
  const { ingestion, target } = await taskOf({ text: TEXT });
  const own = { loaded, ...(found.length === 0 ? {} : { found: packNames(found, NAMES_BYTES) }) };
  return await finish({ kind: 'Finish', ingestion, target, mothers: ['rides'], own }, database.uri, SILENT_LOG);
}

/** The end of a run `run-3`, which counts the tables of two runs before it. */
async function endAfter(database: TestDatabase, earlier: ReportedTables) {
  const { ingestion, target } = await taskOf({ text: TEXT });
  const run = { ingestion: { ...ingestion, run: 'run-3' }, earlier: { runs: ['run-1', 'run-2'], ...earlier } };
  return await finish({ kind: 'Finish', target, mothers: [], ...run }, database.uri, SILENT_LOG);
}

async function loadBoth(version: (typeof SUPPORTED_VERSIONS)[number]): Promise<TestDatabase> {
  const database = await ridesDatabase(version);
  for (const dump of ['v1', 'v2']) await load(database, { text: TEXT, version: dump });
  return database;
}

const AGAIN =
  '. Load all tables again, by kubectl motherload retry --all or the same motherload run: those that are there are found loaded, and a run of the failed ones alone would leave these out';

const LOSSES: readonly (readonly [what: string, sql: string, message: string | RegExp])[] = [
  [
    'somebody dropped',
    'DROP TABLE v1_rides',
    '1 of 2 tables that this run has loaded or found loaded is no longer there: v1_rides (dropped or renamed)',
  ],
  [
    'somebody dropped and created again',
    'DROP TABLE v1_rides; CREATE TABLE v1_rides () INHERITS (rides)',
    '1 of 2 tables that this run has loaded or found loaded is no longer there: v1_rides (another table has its name)',
  ],
  [
    'somebody took from its mother',
    'ALTER TABLE v2_rides NO INHERIT rides',
    '1 of 2 tables that this run has loaded or found loaded is no longer there: v2_rides (no longer below the mother table public.rides)',
  ],
  [
    'a standby has not got, like its row in the ledger',
    "DROP TABLE v1_rides; DELETE FROM motherload.loads WHERE version_table = 'v1_rides'",
    '1 of 2 tables that this run has loaded or found loaded is no longer there: 1 that the ledger in schema motherload does not know any more',
  ],
  [
    'somebody emptied',
    'TRUNCATE v2_rides',
    /^1 of 2 tables .*: v2_rides with none of its 2 rows any more \(loaded at .*, deleted since\)\. Load/,
  ],
  [
    'somebody took a column from',
    'ALTER TABLE v2_rides NO INHERIT rides; ALTER TABLE v2_rides DROP COLUMN rider',
    /^1 of 2 tables .*: v2_rides with no column rider any more \(loaded at .*, dropped or renamed since\)\. Load/,
  ],
  [
    'went with the ledger',
    'DROP SCHEMA motherload CASCADE; DROP TABLE v1_rides, v2_rides',
    '2 of 2 tables that this run has loaded or found loaded are no longer there: 2 that the ledger in schema motherload does not know any more',
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
      const goneAt = async (loaded: number) => (await endAfter(database, { loaded })).gone;
      assert.equal(await goneAt(3), 0);
      await database.query('DROP TABLE v1_rides; ALTER TABLE v3_rides NO INHERIT rides');
      assert.deepEqual([await goneAt(3), await goneAt(5)], [2, 4]);
    });

    test('looks for the tables that were found loaded, whoever had loaded them', async () => {
      const database = await loadBoth(version);
      await load(database, { text: TEXT, version: 'v3', run: 'of another DumpIngestion' });
      const found = ['v3_rides'];
      assert.equal((await endOf(database, 2, found)).outcome, 'Succeeded');
      const earlier = { loaded: 0, found: packNames(found, NAMES_BYTES) };
      assert.equal((await endAfter(database, earlier)).gone, 0);
      await database.query('DROP TABLE v3_rides');
      assert.equal((await endAfter(database, earlier)).gone, 1);
      const message =
        '1 of 3 tables that this run has loaded or found loaded is no longer there: v3_rides (dropped or renamed)';
      assert.equal((await failureOf(endOf(database, 2, found))).message, message + AGAIN);
    });

    test('takes a table that was found loaded below another mother than at its load as it was found', async () => {
      const database = await loadBoth(version);
      await database.query(`CREATE TABLE trips (LIKE rides INCLUDING ALL);
        ALTER TABLE v1_rides NO INHERIT rides; ALTER TABLE v1_rides INHERIT trips`);
      const found = ['v1_rides', 'v2_rides'];
      assert.equal((await endOf(database, 0, found)).outcome, 'Succeeded');
      await database.query('ALTER TABLE v1_rides NO INHERIT trips');
      assert.match((await failureOf(endOf(database, 0, found))).message, /v1_rides \(no longer below the mother table/);
    });

    test('says how many of too many tables it does not look for', async () => {
      const database = await loadBoth(version);
      const found = { ...packNames(['v1_rides', 'v2_rides'], NAMES_BYTES), count: 7 };
      const { gone, unasked } = await endAfter(database, { loaded: 0, found });
      assert.deepEqual([gone, unasked], [0, 5]);
    });

    for (const [what, sql, message] of LOSSES) {
      test(`fails where a table is missing that ${what}`, async () => {
        const database = await loadBoth(version);
        await database.query(sql);
        const failure = await failureOf(endOf(database, 2));
        assert.deepEqual([failure.kind, failure.code], ['Manifest', 'LoadsGone']);
        if (typeof message === 'string') assert.equal(failure.message, message + AGAIN);
        else assert.match(failure.message, message);
      });
    }

    test('fails where another run has dropped a table, but not where it had loaded none', async () => {
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
