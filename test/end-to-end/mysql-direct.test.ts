import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { IS_MYSQL, startMariadb } from '../mariadb.ts';
import { COLUMNS } from '../source-database/every-type.ts';
import { databaseSource, manifestText, secretText } from '../source-database/scene.ts';
import { motherload, temporaryFolder } from '../bin/cli.ts';

const mariadb = await startMariadb();
const folder = temporaryFolder();

const computed = ['doubled int AS (id * 2) VIRTUAL', 'shout varchar(99) AS (upper(name)) STORED'];
const definitions = [...COLUMNS.map(([name, type]) => `\`${name}\` ${type}`), ...computed];
const rows = [0, 1, 2].map((row) => `(${COLUMNS.map(([, , , values]) => values[row]).join(', ')})`);
const names = COLUMNS.map(([name]) => `\`${name}\``).join(', ');
mariadb.query(`
  SET time_zone = '+00:00', sql_mode = '';
  CREATE DATABASE crm CHARACTER SET utf8mb4;
  CREATE TABLE crm.rides (${definitions.join(', ')});
  INSERT INTO crm.rides (${names}) VALUES ${rows.join(', ')};
  CREATE TABLE crm.empty (id int, note text);
  CREATE TABLE crm.\`odd \`\` name.\` (\`a b\` int, \`select\` int);
  INSERT INTO crm.\`odd \`\` name.\` VALUES (1, 2);
  CREATE TABLE crm.single (note varchar(20));
  INSERT INTO crm.single VALUES (''), (NULL), ('\\n'), ('x'), (''), ('');
  CREATE TABLE crm.kept (id int PRIMARY KEY, note text) ${IS_MYSQL ? '' : 'WITH SYSTEM VERSIONING'};
  INSERT INTO crm.kept VALUES (1, 'old'), (2, 'gone');
  UPDATE crm.kept SET note = 'new' WHERE id = 1;
  DELETE FROM crm.kept WHERE id = 2;
  CREATE VIEW crm.names AS SELECT name FROM crm.rides;
  ${IS_MYSQL ? '' : 'CREATE SEQUENCE crm.numbers;'}
  SET GLOBAL time_zone = '+05:00', sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH';
`);

const secretFile = join(folder, 'secret.yaml');
const manifestFile = join(folder, 'direct.yaml');
writeFileSync(secretFile, secretText(`mysql://root@localhost?socket=${mariadb.socket}`));
writeFileSync(manifestFile, manifestText(databaseSource()));

describe('a run that reads MariaDB or MySQL itself', () => {
  it('loads every table with every value as it is, and says what it skips', async () => {
    const database = await createTestDatabase();
    await database.query("SET TimeZone = 'UTC'");
    const files = ['-f', manifestFile, '-f', secretFile, '--database', database.uri];
    const plan = await motherload(['plan', ...files, '--output', 'json']);
    assert.equal(plan.code, 0, plan.stdout + plan.stderr);
    const run = await motherload(['run', ...files, '--output', 'json', '--verbose']);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const selected = COLUMNS.map(([name]) => `"${name}"::text`).join(', ');
    const found = await database.query(`SELECT ${selected}, doubled, shout FROM v1_rides ORDER BY v1_rides.id`);
    for (const [index, [name, , , , values]] of COLUMNS.entries())
      assert.deepEqual(
        found.map((row) => Object.values(row)[index]),
        values,
        name,
      );
    assert.deepEqual(
      found.map(({ doubled, shout }) => [doubled, shout]),
      [
        [2, 'ZOË'],
        [4, '🐘€'],
        [6, '"'],
      ],
    );
    const types = await database.query(
      "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'v1_rides'::regclass AND attnum > 0",
    );
    const typeOf = new Map(types.map(({ attname, type }) => [attname, type]));
    for (const [name, , type] of COLUMNS) assert.equal(typeOf.get(name), type, name);
    assert.deepEqual(await database.query('SELECT * FROM v1_empty'), []);
    assert.deepEqual(await database.query('SELECT * FROM "v1_odd ` name."'), [{ 'a b': 1, select: 2 }]);
    assert.deepEqual(
      (await database.query('SELECT note FROM v1_single ORDER BY note')).map(({ note }) => note),
      ['', '', '', '\n', 'x', null],
    );
    assert.deepEqual(await database.query('SELECT id, note FROM v1_kept'), [{ id: 1, note: 'new' }]);
    const { ingestions } = JSON.parse(run.stdout) as {
      ingestions: [{ tables: { spec: { table: string; reason: string } }[] }];
    };
    const skipped = ingestions[0].tables
      .filter(({ spec }) => spec.reason === 'NotATable')
      .map(({ spec }) => spec.table);
    assert.deepEqual(skipped, IS_MYSQL ? ['names'] : ['names', 'numbers']);
    const ledger = await database.query(
      "SELECT dump_file, entry, rows::int, sha256 ~ '^[0-9a-f]{64}$' AS digest FROM motherload.loads WHERE version_table = 'v1_rides'",
    );
    assert.deepEqual(ledger, [{ dump_file: 'mysql:crm', entry: 'rides', rows: 3, digest: true }]);
  });

  it('is planned, proven, and compared with its version table when it is run again', async () => {
    const database = await createTestDatabase();
    const files = ['-f', manifestFile, '-f', secretFile, '--database', database.uri];
    assert.equal((await motherload(['run', ...files])).code, 0);
    const proofOf = async () => {
      const { code, stdout } = await motherload(['verify', ...files, '--output', 'json']);
      const { tables } = JSON.parse(stdout) as {
        tables: { versionTable: string; outcome: string; findings: string[] }[];
      };
      return { code, tables };
    };
    const proof = await proofOf();
    assert.equal(proof.code, 0);
    assert(proof.tables.length >= 5 && proof.tables.every(({ outcome }) => outcome === 'Same'));
    mariadb.query("UPDATE crm.kept SET note = 'newer'");
    const changed = await proofOf();
    assert.notEqual(changed.code, 0);
    assert.deepEqual(
      changed.tables.filter(({ outcome }) => outcome !== 'Same').map(({ versionTable }) => versionTable),
      ['public.v1_kept'],
    );
    const plan = await motherload(['plan', ...files]);
    assert.equal(plan.code, 0);
    // Of each table its estimated size, and what is run.
    assert.match(plan.stdout, /^mysql:crm +rides +v1_rides +rides +16\.4 kB +Load /m);
    assert.match(plan.stdout, /^CREATE TABLE "motherload"\."staging_/m);
    assert.match(plan.stdout, /is read again, and compared/);
    assert.match(plan.stdout, /warning: each table is read in a snapshot of its own/);
    const again = await motherload(['run', ...files, '--output', 'json']);
    assert.equal(again.code, 1);
    const { ingestions } = JSON.parse(again.stdout) as {
      ingestions: [{ tables: { spec: { table: string; decision: string }; status: { phase: string } }[] }];
    };
    const phases = ingestions[0].tables.flatMap(({ spec, status }) =>
      spec.decision === 'Load' ? [`${spec.table}: ${status.phase}`] : [],
    );
    assert.deepEqual(phases, [
      ...['empty: AlreadyLoaded', 'kept: Failed', 'odd ` name.: AlreadyLoaded', 'rides: AlreadyLoaded'],
      'single: AlreadyLoaded',
    ]);
    assert.equal((await motherload(['drift', ...files])).code, 0);
    assert.equal((await motherload(['replay', ...files])).code, 0);
  });

  it('loads all tables as of one moment by one Job, and nothing the second time', async () => {
    const database = await createTestDatabase();
    const together = join(folder, 'together.yaml');
    writeFileSync(together, manifestText(databaseSource(', snapshot: AllTables')));
    const files = ['-f', together, '-f', secretFile, '--database', database.uri];
    const plan = await motherload(['plan', ...files]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.doesNotMatch(plan.stdout, /a snapshot of its own/);
    const phasesOf = async () => {
      const { code, stdout, stderr } = await motherload(['run', ...files, '--output', 'json']);
      assert.equal(code, 0, stderr);
      const { ingestions } = JSON.parse(stdout) as {
        ingestions: [{ tables: { spec: { decision: string }; status: { phase: string; jobName: string } }[] }];
      };
      const loads = ingestions[0].tables.filter(({ spec }) => spec.decision === 'Load');
      assert.equal(new Set(loads.map(({ status }) => status.jobName)).size, 1);
      return loads.map(({ status }) => status.phase);
    };
    assert.deepEqual(
      await phasesOf(),
      Array.from({ length: 5 }, () => 'Loaded'),
    );
    assert.deepEqual(
      await phasesOf(),
      Array.from({ length: 5 }, () => 'AlreadyLoaded'),
    );
    assert.equal((await motherload(['verify', ...files])).code, 0);
  });

  it('reads by no more connections than it may, however many Jobs there are', async () => {
    const database = await createTestDatabase();
    const bounded = join(folder, 'bounded.yaml');
    writeFileSync(
      bounded,
      manifestText(databaseSource(', maxParallelReads: 2')) + '  loading: { maxParallelJobs: 4 }\n',
    );
    mariadb.query('FLUSH STATUS');
    const run = await motherload(['run', '-f', bounded, '-f', secretFile, '--database', database.uri]);
    assert.equal(run.code, 0, run.stderr);
    const [line = ''] = mariadb.query("SHOW GLOBAL STATUS LIKE 'Max_used_connections'");
    // One more, of a table before whose end the server has not noticed yet.
    assert(Number(line.split('\t')[1]) <= 3, line);
  });

  it('has no dumps', async () => {
    const run = await motherload(['plan', '-f', manifestFile, '-f', secretFile, '--dumps', folder]);
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, /remove --dumps/);
  });
});
