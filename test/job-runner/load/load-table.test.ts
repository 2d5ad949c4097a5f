import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import type { ProgressReport } from '../../../crds/contract/report.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import {
  failureOf,
  idsOf,
  LEDGER_TABLES,
  load,
  loadDuring,
  MANY,
  relationsOf,
  ridesDatabase,
  ridesText,
  taskOf,
  upTo,
} from './load-scene.ts';

const TWO = ridesText([1, 2]);
const OTHER = ridesText([1, 2, 3]);

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable on PostgreSQL ${version}`, () => {
    test('makes a version table that inherits, has its own columns and statistics, and is named in ledger and comment', async () => {
      const database = await ridesDatabase(version);
      const columns = { ride_id: 'int', rider: 'varchar', price: 'decimal(8,2)', unused: 'datetime' };
      const result = await load(database, { columns, text: 'price|ride_id|rider\n9.50|7|`Zo\xeb`\nNULL|8|NULL\n' });
      assert.deepEqual([result.outcome, result.rows, result.bytes, result.streams], ['Loaded', 2, 45, 1]);
      assert.deepEqual(Object.keys(result.seconds), ['plan', 'create', 'copy', 'index', 'attach']);
      assert.deepEqual(await database.query('SELECT * FROM v1_rides ORDER BY ride_id'), [
        { rider: 'Zoë', ride_id: '7', price: '9.50', unused: null },
        { rider: null, ride_id: '8', price: null, unused: null },
      ]);
      assert.deepEqual(await idsOf(database, 'rides'), [7, 8]);
      assert.deepEqual(await idsOf(database, 'ONLY rides'), []);
      const [ledger] = await database.query(
        `SELECT *, obj_description('v1_rides'::regclass) AS comment FROM motherload.loads`,
      );
      assert.equal(
        ledger?.['comment'],
        `Loaded by Motherload from crm_v1.zip:rides.dat, load ${String(ledger?.['load_id'])}`,
      );
      assert.deepEqual([ledger['rows'], ledger['mother'], ledger['ingestion_run']], ['2', 'rides', 'run-1']);
      assert.deepEqual(
        await database.query(`SELECT count(*)::int AS columns FROM pg_stats WHERE tablename = 'v1_rides'`),
        [{ columns: 4 }],
      );
      assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides', 'public.v1_rides']);
    });

    test('makes a table without a parent where there is no mother', async () => {
      const database = await createTestDatabase(version);
      await load(database, { text: TWO, mother: undefined });
      assert.deepEqual(await idsOf(database, 'v1_rides'), [1, 2]);
    });

    test('fails with a transient error where the mother is changed during the load', async () => {
      const database = await ridesDatabase(version);
      const task = await taskOf({ text: MANY, spec: 'loading: { streamsPerTable: 2 }' });
      const failure = await failureOf(loadDuring(database, task, 'ALTER TABLE rides ADD more integer'));
      assert.deepEqual([failure.kind, failure.code], ['Transient', 'MotherChanged']);
      assert.equal((await load(database, task)).rows, 100_000);
    });

    test('loads a file without a byte as a table without rows, and says so', async () => {
      const database = await ridesDatabase(version);
      const result = await load(database, { text: '' });
      assert.deepEqual([result.outcome, result.rows, result.bytes], ['Loaded', 0, 0]);
      assert.match(result.warnings.join(), /the DAT file has no bytes, not even a header/);
      assert.deepEqual(await idsOf(database, 'v1_rides'), []);
      const plain = await load(database, { text: '', version: 'v2', spec: 'format: { header: false }' });
      assert.deepEqual([plain.rows, plain.warnings], [0, []]);
    });

    test('loads a header that is repeated among texts as the data that it may be, and says so', async () => {
      const database = await createTestDatabase(version);
      const columns = { code: 'varchar', name: 'varchar' };
      const text = 'code|name\n1|one\ncode|name\n2|two\n';
      const result = await load(database, { columns, text, mother: undefined });
      assert.equal(result.rows, 3);
      assert.match(result.warnings.join(), /^1 record is the header once more/);
      const numbers = await failureOf(
        load(database, { columns: { ...columns, code: 'int' }, text, version: 'v2', mother: undefined }),
      );
      assert.deepEqual([numbers.kind, numbers.line], ['Data', 3]);
    });

    test('attaches a table with the name of a table of the ledger', async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE rides (ride_id bigint)');
      const task = await taskOf({ text: TWO });
      await load(database, { ...task, table: { ...task.table, versionTable: 'loads' } });
      assert.deepEqual(await idsOf(database, 'loads'), [1, 2]);
    });

    test('keeps odd names as they are', async () => {
      const database = await createTestDatabase(version);
      const mother = 'The "mother"; DROP TABLE rides; --';
      await database.query(`CREATE TABLE ${database.client.escapeIdentifier(mother)} (ride_id integer)`);
      const column = `x'); drop table rides; --`;
      const task = await taskOf({
        text: `ride_id|${column}\n1|one\n`,
        columns: { ride_id: 'int', [column]: 'varchar' },
        mother,
      });
      const versionTable = `v$&1'"\\; --`;
      await load(database, {
        ...task,
        target: { ...task.target, ledgerSchema: 'My "ledger"$&' },
        table: { ...task.table, versionTable },
      });
      const [row] = await database.query(`SELECT * FROM ${database.client.escapeIdentifier(versionTable)}`);
      assert.deepEqual(row, { ride_id: 1, [column]: 'one' });
    });

    test('refuses a dump that changed since the catalogue', async () => {
      const database = await ridesDatabase(version);
      const task = await taskOf({ text: TWO });
      const other = await taskOf({ text: OTHER });
      const failure = await failureOf(load(database, { ...task, dumpsFolder: other.dumpsFolder }));
      assert.deepEqual([failure.kind, failure.code], ['Data', 'DumpChanged']);
    });

    test('fails where the mother no longer exists', async () => {
      const failure = await failureOf(load(await createTestDatabase(version), { text: TWO }));
      assert.deepEqual([failure.kind, failure.code, failure.table], ['Manifest', 'MotherGone', 'rides']);
    });

    test('needs only CREATE on existing schemas, and names the missing privilege', async () => {
      const database = await ridesDatabase(version);
      const role = `loader_${version}`;
      await database.query(
        `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN; REVOKE ALL ON SCHEMA public FROM public`,
      );
      const uri = database.uri.replace('postgres@', `${role}@`);
      const nothing = await failureOf(load({ uri }, { text: TWO }));
      assert.deepEqual([nothing.kind, nothing.code], ['Manifest', 'SchemaMissing']);
      assert.match(nothing.message, /schema motherload does not exist .* create it and grant/);
      await database.query(
        `CREATE SCHEMA motherload; GRANT USAGE, CREATE ON SCHEMA motherload TO ${role}; GRANT USAGE ON SCHEMA public TO ${role}`,
      );
      await database.query(`ALTER TABLE rides OWNER TO ${role}`);
      const noCreate = await failureOf(load({ uri }, { text: TWO }));
      assert.deepEqual([noCreate.kind, noCreate.code], ['Manifest', 'Sql42501']);
      assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides']);
      await database.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
      assert.equal((await load({ uri }, { text: TWO })).rows, 2);
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });

    test('fails where the database is read-only, and says so', async () => {
      const database = await ridesDatabase(version);
      const [name] = await database.query('SELECT current_database() AS name');
      await database.query(`ALTER DATABASE ${String(name?.['name'])} SET default_transaction_read_only = on`);
      const failure = await failureOf(load(database, { text: TWO }));
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'Sql25006']);
      assert.match(failure.message, /read-only/);
    });

    test("builds the mother's indexes unless the manifest says no, and fails for rows that violate one", async () => {
      const database = await ridesDatabase(version);
      await database.query('ALTER TABLE rides ADD PRIMARY KEY (ride_id); CREATE INDEX ON rides (rider)');
      await load(database, { text: TWO });
      await load(database, { text: TWO, version: 'v2', spec: 'motherTables: { indexes: None }' });
      const indexes = await database.query(
        `SELECT tablename, count(*)::int AS indexes FROM pg_indexes WHERE tablename LIKE 'v%' GROUP BY 1`,
      );
      assert.deepEqual(indexes, [{ tablename: 'v1_rides', indexes: 2 }]);
      for (const streams of [1, 2]) {
        const spec = `loading: { streamsPerTable: ${streams} }`;
        const failure = await failureOf(load(database, { text: ridesText([1, 2, 2]), version: 'v3', spec }));
        assert.deepEqual([failure.kind, failure.code, failure.table], ['Data', 'Sql23505', 'rides']);
        assert.match(failure.message, /\(ride_id\)=\(2\) is duplicated/);
      }
      assert.deepEqual(await relationsOf(database), [
        ...LEDGER_TABLES,
        'public.rides',
        'public.v1_rides',
        'public.v2_rides',
      ]);
    });

    test('reports each step, and the rows in the end', async () => {
      const database = await ridesDatabase(version);
      const reports: ProgressReport[] = [];
      const messages: string[] = [];
      const log: Log = {
        ...SILENT_LOG,
        info: (message, fields) => void messages.push(`${String(fields?.step)}: ${message}`),
      };
      const task = await taskOf({ text: TWO });
      await loadTable(task, database.uri, log, (report) => void reports.push(report));
      const last = reports.at(-1)?.progress;
      assert.deepEqual(
        new Set(reports.map(({ progress }) => progress.step)),
        new Set(['plan', 'create', 'copy', 'index', 'attach']),
      );
      assert.deepEqual([last?.rows, last?.compressedBytes], [2, last?.totalCompressedBytes]);
      assert.deepEqual(messages.at(-1), 'attach: loaded 2 rows');
    });

    for (const streams of [1, 2, 3]) {
      test(`loads every row whole and once in ${streams} streams`, async () => {
        const database = await ridesDatabase(version);
        const rider = (id: number) => (id % 3 === 0 ? `\`${'two\nlines | `` \\ '.repeat(id % 7)}${id}\`` : `r${id}`);
        const result = await load(database, {
          text: ridesText(upTo(150_000), rider),
          spec: `loading: { streamsPerTable: ${streams} }`,
        });
        assert.deepEqual([result.rows, result.streams], [150_000, streams]);
        const [row] = await database.query(
          `SELECT count(*)::int AS rows, count(DISTINCT ride_id)::int AS different,
                  count(*) FILTER (WHERE rider IS DISTINCT FROM CASE WHEN ride_id % 3 = 0
                    THEN repeat(E'two\\nlines | \` \\\\ ', (ride_id % 7)::int) || ride_id ELSE 'r' || ride_id END)::int AS wrong FROM rides`,
        );
        assert.deepEqual(row, { rows: 150_000, different: 150_000, wrong: 0 });
      });
    }
  });
}
