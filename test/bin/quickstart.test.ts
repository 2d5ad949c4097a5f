import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { DumpIngestionStatus, TableIngestionSpec, TableIngestionStatus } from '../../crds/contract/generated.ts';
import { exampleDumps } from '../../examples/generate-dumps.ts';
import type { Row } from '../../examples/generator/dump.ts';
import { createTestDatabase } from '../database.ts';
import { motherload, type CliResult } from './cli.ts';

interface RunDocument {
  readonly ingestions: readonly {
    readonly name: string;
    readonly status: DumpIngestionStatus;
    readonly tables: readonly {
      readonly name: string;
      readonly spec: TableIngestionSpec;
      readonly status: TableIngestionStatus;
    }[];
  }[];
}

const TABLES = exampleDumps().flatMap((dump) =>
  dump.tables.map((table) => ({
    ...table,
    versionTable: `${/_(\w+)\.zip$/.exec(dump.file)?.[1] ?? ''}_${table.name}`,
  })),
);
const ALL_ROWS = TABLES.reduce((sum, { rows }) => sum + rows.length, 0);
const QUICKSTART = ['-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps'];

/** The row of the generator with this number, from 1. */
function generated(versionTable: string, number: number): Row {
  const row = TABLES.find((table) => table.versionTable === versionTable)?.rows[number - 1];
  assert(row);
  return row;
}

const database = await createTestDatabase();
const single = async (sql: string): Promise<unknown> => Object.values((await database.query(sql))[0] ?? {})[0];

describe('the quickstart, from the dumps in examples/ into a database', () => {
  let first: CliResult;
  const runQuickstart = () => motherload(['run', ...QUICKSTART, '--database', database.uri, '--output', 'json']);
  const documentOf = ({ stdout }: CliResult) => (JSON.parse(stdout) as RunDocument).ingestions[0];

  before(async () => {
    first = await runQuickstart();
  });

  it('loads all, prints one JSON document and nothing else, and exits with 0', () => {
    assert.equal(first.code, 0, first.stderr);
    const run = documentOf(first);
    assert.equal(run?.status.phase, 'Complete');
    assert.equal(run.status.rows, ALL_ROWS);
    assert.deepEqual(
      run.tables.map(({ spec }) => spec.versionTable).sort(),
      TABLES.map(({ versionTable }) => versionTable).sort(),
    );
    assert(run.tables.every(({ status }) => status.phase === 'Loaded'));
  });

  it('prints its progress on standard error, as plain lines where that is not a terminal', () => {
    assert.match(first.stderr, /^quickstart: .*examples\/dumps into database /);
    assert.match(first.stderr, /^quickstart: 20 tables to load from 5 dumps, 0 to skip/m);
    assert.match(first.stderr, /^loaded {4}v3_rides: 30,000 rows in \d/m);
    assert(!first.stderr.includes('\u001b'));
  });

  it('loads every row that the generator wrote, in each version table and in the mother tables', async () => {
    for (const { versionTable, rows } of TABLES) {
      assert.equal(await single(`SELECT count(*)::int FROM velo."${versionTable}"`), rows.length, versionTable);
    }
    const rides = await database.query(
      'SELECT tableoid::regclass::text AS version, count(*)::int AS rides FROM velo.rides GROUP BY 1 ORDER BY 1',
    );
    assert.deepEqual(rides, [
      { version: 'velo.v1_rides', rides: 10_000 },
      { version: 'velo.v2_rides', rides: 18_000 },
      { version: 'velo.v3_rides', rides: 30_000 },
    ]);
  });

  it('loads texts unchanged: delimiters, quotes, line breaks, Latin-1, the word NULL and NULL itself', async () => {
    for (const versionTable of ['v1_members', 'v2_members', 'v3_members']) {
      const loaded = await database.query(
        `SELECT member_id::int, name, email, remarks FROM velo."${versionTable}" ORDER BY member_id`,
      );
      const expected = TABLES.find((table) => table.versionTable === versionTable)?.rows;
      assert.deepEqual(
        loaded,
        expected?.map(({ member_id, name, email, remarks }) => ({
          member_id: Number(member_id),
          name,
          email,
          remarks,
        })),
      );
    }
  });

  it('loads numbers, dates and bytes with the types of their values', async () => {
    const ride = generated('v3_rides', 7);
    const [loaded] = await database.query(
      `SELECT ride_id::text, metres::text, price::text, started = to_timestamp($1, 'Mon DD YYYY HH12:MIAM')::timestamp AS started,
              to_char(ended, 'YYYY-MM-DD HH24:MI:SS.US') || '0' AS ended, pg_typeof(price)::text AS type
         FROM velo.v3_rides WHERE ride_id = 7`,
      [ride['started']],
    );
    const { ride_id, metres, price, ended } = ride;
    assert.deepEqual(loaded, { ride_id, metres, price, started: true, ended, type: 'numeric' });
    const bike = TABLES.find(({ versionTable }) => versionTable === 'v2_bikes')?.rows.find(
      (row) => row['lock_key'] !== null,
    );
    assert.equal(
      await single(
        `SELECT upper('0x' || encode(lock_key, 'hex')) FROM velo.v2_bikes WHERE bike_id = ${bike?.['bike_id'] ?? ''}`,
      ),
      bike?.['lock_key']?.toUpperCase(),
    );
    assert.equal(
      await single('SELECT upper(member_key::text) FROM velo.v3_members WHERE member_id = 5'),
      generated('v3_members', 5)['member_key'],
    );
    assert.equal(
      await single('SELECT layout::text FROM velo.v3_stations WHERE station_id = 3'),
      generated('v3_stations', 3)['layout'],
    );
    assert.equal(
      await single(`SELECT count(*)::int FROM velo.v2_incidents WHERE reported AT TIME ZONE 'UTC' < '2016-01-01'`),
      0,
    );
  });

  it("uses MySQL's types for the workshop's dumps", async () => {
    const types = await database.query(
      `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
        WHERE a.attrelid = 'velo.r2_mechanics'::regclass AND a.attnum > 0 ORDER BY 1`,
    );
    const byName = new Map(types.map(({ name, type }) => [name, type]));
    assert.deepEqual(
      [byName.get('skills'), byName.get('shift_start'), byName.get('active')],
      ['jsonb', 'interval', 'smallint'],
    );
    const mechanic = TABLES.find(({ versionTable }) => versionTable === 'r2_mechanics')?.rows.find(
      (row) => row['skills'] !== null,
    );
    const skills = await single(
      `SELECT skills FROM velo.r2_mechanics WHERE mechanic_id = ${mechanic?.['mechanic_id'] ?? ''}`,
    );
    assert.deepEqual(skills, JSON.parse(mechanic?.['skills'] ?? ''));
    assert.equal(await single('SELECT max(part_id)::text FROM velo.parts'), '18446744073709000900');
  });

  it('creates the mother table that the manifest defines, and the others from the columns that all versions have', async () => {
    const columnsOf = async (table: string) =>
      (
        await database.query(
          `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'velo.${table}'::regclass AND attnum > 0 ORDER BY attnum`,
        )
      ).map(({ name }) => name);
    assert.deepEqual(await columnsOf('members'), ['member_id', 'name', 'email', 'joined']);
    assert.deepEqual((await columnsOf('stations')).sort(), ['capacity', 'name', 'opened', 'station_id']);
  });

  it('loads once: a second run finds all tables loaded and adds no row', async () => {
    const second = await runQuickstart();
    assert.equal(second.code, 0, second.stderr);
    const run = documentOf(second);
    assert.equal(run?.status.tables?.alreadyLoaded, TABLES.length);
    assert.equal(await single('SELECT count(*)::int FROM velo.rides'), 58_000);
  });

  it('is listed by motherload status with dump, rows and size', async () => {
    const { code, stdout } = await motherload(['status', '--database', database.uri]);
    assert.equal(code, 0);
    assert.match(stdout, /^velo\.v3_rides +rides +30,000 +0 +3\.\d MB .* velo_v3\.zip +quickstart +\d{4}-\d\d-\d\d /m);
    assert.match(stdout, /\n20 version tables, 78,494 rows, \d\.\d MB\n$/);
    const asJson = await motherload(['status', '--database', database.uri, '-o', 'json']);
    const { loads } = JSON.parse(asJson.stdout) as { loads: { versionTable: string; rows: number }[] };
    assert.equal(loads.find(({ versionTable }) => versionTable === 'v1_rides')?.rows, 10_000);
  });

  it('is not looked for by a mistyped --ledger-schema, as if nothing had been loaded', async () => {
    for (const command of [['status'], ['status', '--history'], ['rejects'], ['drift']]) {
      const elsewhere = await motherload([...command, '--database', database.uri, '--ledger-schema', 'other']);
      assert.deepEqual(elsewhere, {
        code: 2,
        stdout: '',
        stderr:
          'error: there is no ledger in schema other: name that of spec.target.ledgerSchema with --ledger-schema\n',
      });
    }
  });

  it('names the rights that a role needs to see the status', async () => {
    await database.query('DROP ROLE IF EXISTS onlooker; CREATE ROLE onlooker LOGIN');
    const { code, stderr } = await motherload(['status', '--database', database.uri.replace('postgres@', 'onlooker@')]);
    await database.query('DROP ROLE onlooker');
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^error: permission denied for schema motherload: to read the ledger the role needs USAGE .* and SELECT on its tables loads and history$/m,
    );
  });

  it('can be queried, but not changed, with motherload query', async () => {
    const query = (sql: string, ...more: string[]) => motherload(['query', sql, '--database', database.uri, ...more]);
    const { code, stdout } = await query(
      'SELECT name, remarks FROM velo.v1_members WHERE remarks IS NULL OR remarks LIKE $$%second%$$ ORDER BY member_id LIMIT 40',
    );
    assert.equal(code, 0);
    assert.match(stdout, /^name +remarks\n/);
    assert.match(stdout, /first line\\nsecond line/);
    const asJson = await query("SELECT 1.50::numeric AS a, NULL AS b, date '2024-02-29' AS c", '-o', 'json');
    assert.deepEqual(JSON.parse(asJson.stdout), [{ a: '1.50', b: null, c: '2024-02-29' }]);
    const wrong = await query('DROP TABLE velo.rides');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: the statement returns no rows, and is not run: /);
    const several = await query('SET default_transaction_read_only = off; COMMIT; CREATE TABLE velo.mine (id integer)');
    assert.equal(several.code, 2);
    assert.match(
      several.stderr,
      /^error: the query failed: cannot insert multiple commands into a prepared statement/m,
    );
    assert.equal(await single("SELECT to_regclass('velo.mine')"), null);
  });

  it('is planned without statements once it is loaded', async () => {
    const { code, stdout, stderr } = await motherload(['plan', ...QUICKSTART, '--database', database.uri]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^velo_v3\.zip +rides +v3_rides +rides +3\.\d MB +Load +the same content was loaded at /m);
    assert.doesNotMatch(stdout, /CREATE TABLE|COPY/);
  });
});
