import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { motherload, temporaryFolder } from '../bin/cli.ts';
import { createTestDatabase } from '../database.ts';
import { COLUMNS } from '../source-database/every-mssql-type.ts';
import { mssqlSource, newScene, startScene, uriOf } from '../source-database/mssql-scene.ts';
import { COLUMNS as ON_SERVER, prepareServer, removeFromServer, SCHEMA } from '../source-database/mssql-on-server.ts';
import { manifestText, secretText } from '../source-database/scene.ts';
import * as wire from '../source-database/tds-tokens.ts';

const ID = { name: 'id', sys: ['int'], wire: wire.INT(4) } as const;
const rides = { columns: COLUMNS, rows: [0, 1, 2].map((row) => COLUMNS.map(({ values }) => values[row] ?? null)) };
const scene = newScene({
  rides: { ...rides, order: [['id', false]] },
  empty: { columns: [ID] },
  "odd ]] '`name": {
    columns: [{ ...ID, name: "a ]] 'b" }],
    rows: [[wire.int32(7)]],
  },
  names: { type: 'V' },
  numbers: { type: 'SO' },
  alias: { type: 'SN' },
  elsewhere: { columns: [ID], isExternal: true },
});
const server = await startScene(scene);

const folder = temporaryFolder();

/** The arguments of a run that reads this server, of whose URI the Secret is a file. */
function filesOf(name: string, uri: string, source: string): string[] {
  const secretFile = join(folder, `${name}-secret.yaml`);
  const manifestFile = join(folder, `${name}.yaml`);
  writeFileSync(secretFile, secretText(uri));
  writeFileSync(manifestFile, manifestText(source));
  return ['-f', manifestFile, '-f', secretFile];
}

const ofFixture = filesOf('fixture', uriOf(server), mssqlSource());

interface RunOutput {
  readonly ingestions: [
    { tables: { spec: { table: string; reason: string; decision: string }; status: { phase: string } }[] },
  ];
}

describe('a run that is answered in the protocol of SQL Server', () => {
  it('loads every table with every value as it was sent, and says what it skips', async () => {
    const database = await createTestDatabase();
    await database.query("SET TimeZone = 'UTC'");
    const files = [...ofFixture, '--database', database.uri];
    const plan = await motherload(['plan', ...files, '--output', 'json']);
    assert.equal(plan.code, 0, plan.stdout + plan.stderr);
    const run = await motherload(['run', ...files, '--output', 'json', '--verbose']);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const selected = COLUMNS.map(({ name }) => `"${name}"::text`).join(', ');
    const found = await database.query(`SELECT ${selected} FROM v1_rides ORDER BY v1_rides.id`);
    for (const [index, { name, texts }] of COLUMNS.entries())
      assert.deepEqual(
        found.map((row) => Object.values(row)[index]),
        texts,
        name,
      );
    const types = await database.query(
      "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'v1_rides'::regclass AND attnum > 0",
    );
    const typeOf = new Map(types.map(({ attname, type }) => [attname, type]));
    for (const { name, type } of COLUMNS) assert.equal(typeOf.get(name), type, name);
    assert.deepEqual(await database.query('SELECT * FROM v1_empty'), []);
    assert.deepEqual(await database.query(`SELECT * FROM "v1_odd ]] '\`name"`), [{ "a ]] 'b": 7 }]);
    const { ingestions } = JSON.parse(run.stdout) as RunOutput;
    const skipped = ingestions[0].tables.filter(({ spec }) => spec.reason === 'NotATable');
    assert.deepEqual(
      skipped.map(({ spec }) => spec.table),
      ['alias', 'elsewhere', 'names', 'numbers'],
    );
    const ledger = await database.query(
      "SELECT dump_file, entry, rows::int, sha256 ~ '^[0-9a-f]{64}$' AS digest FROM motherload.loads WHERE version_table = 'v1_rides'",
    );
    assert.deepEqual(ledger, [{ dump_file: 'mssql:dbo', entry: 'rides', rows: 3, digest: true }]);
  });

  it('finds the same rows again, and others', async () => {
    const database = await createTestDatabase();
    const files = [...ofFixture, '--database', database.uri];
    assert.equal((await motherload(['run', ...files])).code, 0);
    assert.equal((await motherload(['verify', ...files])).code, 0);
    scene.tables['empty'] = { columns: [ID], rows: [[wire.int32(1)]] };
    const again = await motherload(['run', ...files, '--output', 'json']);
    assert.equal(again.code, 1);
    const { ingestions } = JSON.parse(again.stdout) as RunOutput;
    const phases = ingestions[0].tables.flatMap(({ spec, status }) =>
      spec.decision === 'Load' ? [`${spec.table}: ${status.phase}`] : [],
    );
    assert.deepEqual(phases, ['empty: Failed', "odd ]] '`name: AlreadyLoaded", 'rides: AlreadyLoaded']);
  });
});

/** A database of a real server in which a schema may be created: mssql://USER:PASSWORD@HOST:PORT/DATABASE. Without it there is no such test. */
const REAL_URI = process.env['MOTHERLOAD_TEST_MSSQL_URI'];
if (REAL_URI !== undefined) {
  describe('a run that reads SQL Server itself', () => {
    before(() => prepareServer(REAL_URI));
    after(() => removeFromServer(REAL_URI));

    it('loads every value as it is, and finds it again', async () => {
      const database = await createTestDatabase();
      await database.query("SET TimeZone = 'UTC'");
      const source = mssqlSource().replace('schema: dbo', `schema: ${SCHEMA}`);
      const files = [...filesOf('real', REAL_URI, source), '--database', database.uri];
      const run = await motherload(['run', ...files, '--output', 'json', '--verbose']);
      assert.equal(run.code, 0, run.stdout + run.stderr);
      const selected = ON_SERVER.map(([name]) => `"${name}"::text`).join(', ');
      const found = await database.query(`SELECT ${selected} FROM v1_rides ORDER BY v1_rides.id`);
      for (const [index, [name, , , texts]] of ON_SERVER.entries())
        assert.deepEqual(
          found.map((row) => Object.values(row)[index]),
          texts,
          name,
        );
      assert.deepEqual(await database.query('SELECT doubled FROM v1_rides ORDER BY id'), [
        { doubled: 2 },
        { doubled: 4 },
      ]);
      assert.equal((await motherload(['verify', ...files])).code, 0);
      assert.equal((await motherload(['run', ...files])).code, 0);
    });
  });
}
