import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { suite, test } from 'node:test';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { keepUnchanged } from '../../../job-runner/catalogue/keep-unchanged.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { lockStagingTable } from '../../../job-runner/database/staging-table.ts';
import { findUnchanged } from '../../../job-runner/load/unchanged-tables.ts';
import { stagingTable } from '../../../job-runner/plan/staging-table.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { omit } from '../../operator/fixtures.ts';
import { load, ridesDatabase, ridesText, taskOf, type Scene } from './load-scene.ts';

const TWO = ridesText([1, 2]);
const REPLACE = 'loading: { onExisting: Replace }\n';

/** What the catalogue decides of one table. */
async function decide(database: TestDatabase, scene: Scene) {
  const task = await taskOf(scene);
  const db = await connect(database.uri);
  try {
    const [entry] = await keepUnchanged(db, task, [task.table], findUnchanged);
    assert(entry !== undefined && isTableIngestionSpec(omit(entry, 'schemaFile')), 'it can become a TableIngestion');
    return { task, entry };
  } finally {
    await db.end();
  }
}

interface Change {
  readonly what: string;
  /** Done after the first run, which loads TWO into v1_rides. */
  readonly sql?: string;
  /** Of the second run. */
  readonly scene?: Partial<Scene>;
  readonly decision: 'Keep' | 'Load';
}

const CHANGES: readonly Change[] = [
  { what: 'nothing is new', decision: 'Keep' },
  { what: 'the mother has one more column', sql: 'ALTER TABLE rides ADD COLUMN city text', decision: 'Keep' },
  { what: 'a row was deleted by somebody', sql: 'DELETE FROM v1_rides WHERE ride_id = 1', decision: 'Keep' },
  {
    what: 'all rows were replaced by somebody',
    sql: 'TRUNCATE v1_rides; INSERT INTO v1_rides VALUES (7)',
    decision: 'Keep',
  },
  { what: 'all rows were removed', sql: 'TRUNCATE v1_rides', decision: 'Load' },
  { what: 'the mother was emptied with all its versions', sql: 'TRUNCATE rides', decision: 'Load' },
  {
    what: 'a column was renamed',
    sql: 'ALTER TABLE v1_rides NO INHERIT rides; ALTER TABLE v1_rides RENAME rider TO who',
    decision: 'Load',
  },
  { what: 'the file has other bytes', scene: { text: ridesText([1, 2, 3]) }, decision: 'Load' },
  { what: 'the format reads other values', scene: { spec: "format: { nullMarker: 'nil' }" }, decision: 'Load' },
  { what: 'the version table was dropped', sql: 'DROP TABLE v1_rides', decision: 'Load' },
  {
    what: 'another table of its name took its place',
    sql: 'ALTER TABLE v1_rides RENAME TO mine; CREATE TABLE v1_rides () INHERITS (rides)',
    decision: 'Load',
  },
  {
    what: 'a view took its place',
    sql: 'DROP TABLE v1_rides; CREATE VIEW v1_rides AS SELECT * FROM rides',
    decision: 'Load',
  },
  { what: 'the ledger forgot it', sql: 'DELETE FROM motherload.loads', decision: 'Load' },
  { what: 'the ledger is gone', sql: 'DROP SCHEMA motherload CASCADE', decision: 'Load' },
  { what: 'it was taken from its mother', sql: 'ALTER TABLE v1_rides NO INHERIT rides', decision: 'Load' },
  {
    what: 'its mother is another table now',
    sql: 'ALTER TABLE rides RENAME TO old_rides; CREATE TABLE rides (LIKE old_rides)',
    decision: 'Load',
  },
  {
    what: 'its mother has another type for a column',
    sql: 'ALTER TABLE rides ALTER COLUMN ride_id TYPE numeric',
    decision: 'Load',
  },
  { what: 'its mother is gone', sql: 'ALTER TABLE rides RENAME TO old_rides', decision: 'Load' },
  { what: 'this very run has loaded it', scene: { run: 'run-1' }, decision: 'Load' },
  { what: 'it is to have no mother', scene: { mother: undefined }, decision: 'Load' },
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`tables that need no load, on PostgreSQL ${version}`, () => {
    for (const { what, sql, scene, decision } of CHANGES) {
      test(`${decision === 'Keep' ? 'keeps' : 'leaves to its load'} a table where ${what}, as its load would`, async () => {
        const database = await ridesDatabase(version);
        await load(database, { text: TWO });
        if (sql !== undefined) await database.query(sql);
        const second = { text: TWO, run: 'run-2', ...scene, spec: `${REPLACE}${scene?.spec ?? ''}` };
        const { task, entry } = await decide(database, second);
        const found = await load(database, task).catch(() => undefined);
        assert.equal(entry.decision, decision);
        assert.equal(entry.decision === 'Keep', found?.outcome === 'AlreadyLoaded', 'its load says the same');
        if (decision === 'Load') assert.deepEqual(entry, task.table);
        else {
          assert.deepEqual([entry.reason, entry.message], ['AlreadyLoaded', found?.message]);
          assert.deepEqual(entry.warnings ?? [], found?.warnings);
        }
      });
    }

    test('keeps the warnings of the plan', async () => {
      const database = await ridesDatabase(version);
      const scene = { text: 'ride_id|rider|more\n1|a|b\n', columns: { ride_id: 'int', rider: 'varchar' } };
      const first = await load(database, scene);
      assert(first.warnings.length > 0, 'the header has a column that the schema file lacks');
      const { entry } = await decide(database, { ...scene, run: 'run-2' });
      assert.deepEqual([entry.decision, entry.warnings], ['Keep', first.warnings]);
    });

    test('leaves a table that was loaded without some records to its load, which knows how many may be left out', async () => {
      const database = await ridesDatabase(version);
      const scene = { text: 'ride_id|rider\n1|a\nx|b\n', spec: 'rejects: { limit: 1 }\n' };
      assert.equal((await load(database, scene)).rejects, 1);
      const { task, entry } = await decide(database, { ...scene, run: 'run-2' });
      assert.deepEqual(entry, task.table);
      const again = await load(database, task);
      assert.deepEqual([again.outcome, again.rejects], ['AlreadyLoaded', 1]);
    });

    test('leaves a table to its load while another runner works on it', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      const other = await connect(database.uri);
      await lockStagingTable(other, stagingTable('motherload', { schema: 'public', name: 'v1_rides' }));
      const during = await decide(database, { text: TWO, run: 'run-2' });
      await other.end();
      assert.equal(during.entry.decision, 'Load');
      assert.equal((await decide(database, { text: TWO, run: 'run-2' })).entry.decision, 'Keep');
    });

    test('leaves a table to its load where its dump cannot be read any more', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      const task = await taskOf({ text: TWO, run: 'run-2' });
      rmSync(task.dumpsFolder, { recursive: true });
      const db = await connect(database.uri);
      assert.deepEqual(await keepUnchanged(db, task, [task.table], findUnchanged), [task.table]);
      await db.end();
    });
  });
}
