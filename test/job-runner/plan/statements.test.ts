import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { from } from 'pg-copy-streams';
import { quoteIdentifier } from '../../../job-runner/plan/sql.ts';
import type { Mother, TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { readMother } from '../../../job-runner/database/relations.ts';
import {
  copyStatement,
  createStatements,
  inheritStatement,
  moveStatements,
} from '../../../job-runner/plan/statements.ts';
import { convertAll } from '../copy/plans.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { format, mother, mssql, mysql, plan, schemaColumns, staging, steps } from './fixtures.ts';

/** The mother as the database has it now. */
async function motherOf(database: TestDatabase, name: string): Promise<Mother> {
  const mother = await readMother(database.client, 'public', name);
  assert(mother !== undefined);
  return mother;
}

/** Runs the steps of a load, but for its ledger. */
async function loadPlan(database: TestDatabase, tablePlan: TablePlan, records: string): Promise<void> {
  const { clear, create, copy, finish, attach } = steps(tablePlan);
  await database.query('CREATE SCHEMA IF NOT EXISTS motherload');
  for (const statement of [clear, ...create]) await database.query(statement);
  const { bytes } = convertAll(tablePlan, 'text', Buffer.from(records));
  await pipeline([bytes], database.client.query(from(copy.statement)));
  await database.query('BEGIN');
  for (const { sql } of [...finish, ...attach]) await database.query(sql);
  await database.query('COMMIT');
}

describe('the statements of a plan', () => {
  it('are plain SQL', () => {
    const tablePlan = plan({
      header: ['id', 'photo', 'odd"name'],
      schemaColumns: schemaColumns('id int', 'photo image', 'odd"name datetime'),
      mother: mother('users', 'id text'),
    });
    const like =
      'INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS';
    assert.deepEqual(createStatements(tablePlan, staging), [
      `CREATE TABLE "motherload"."load_1" (\n  LIKE "public"."users" ${like},\n  "photo" bytea,\n  "odd""name" timestamp(3)\n)`,
    ]);
    assert.equal(
      copyStatement(tablePlan, staging, 'binary'),
      `COPY "motherload"."load_1" ("id", "photo", "odd""name") FROM STDIN WITH (FORMAT binary)`,
    );
    assert.equal(
      copyStatement({ ...tablePlan, format: { ...tablePlan.format, encoding: 'LATIN1' } }, staging, 'text'),
      `COPY "motherload"."load_1" ("id", "photo", "odd""name") FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')`,
    );
    assert.equal(
      copyStatement({ ...tablePlan, format: { ...tablePlan.format, encoding: 'SJIS' } }, staging, 'text'),
      `COPY "motherload"."load_1" ("id", "photo", "odd""name") FROM STDIN WITH (FORMAT text, ENCODING 'SJIS')`,
    );
    assert.deepEqual(moveStatements(tablePlan, staging), [
      'ALTER TABLE "motherload"."load_1" SET SCHEMA "public"',
      'ALTER TABLE "public"."load_1" RENAME TO "v1_users"',
    ]);
    assert.equal(
      inheritStatement(tablePlan.versionTable, { schema: 'public', name: 'users' }),
      'ALTER TABLE "public"."v1_users" INHERIT "public"."users"',
    );
  });

  it('leave out what is not needed', () => {
    const tablePlan = plan({ schemaColumns: schemaColumns('id int') });
    assert.deepEqual(moveStatements(tablePlan, { schema: 'public', name: 'v1_users' }), []);
    assert.deepEqual(createStatements(tablePlan, staging), ['CREATE TABLE "motherload"."load_1" (\n  "id" integer\n)']);
  });
});

for (const version of SUPPORTED_VERSIONS) {
  describe(`the statements of a plan on PostgreSQL ${version}`, () => {
    it('attach a table to a mother with NOT NULL, CHECK, default, generated, identity, collated and commented columns', async () => {
      const database = await createTestDatabase(version);
      await database.query(`
        CREATE TABLE users (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "Full Name" varchar(50) COLLATE "C" NOT NULL CONSTRAINT named CHECK ("Full Name" <> ''),
          country text DEFAULT 'NZ' NOT NULL,
          doubled bigint GENERATED ALWAYS AS (id * 2) STORED,
          note text COMPRESSION pglz CONSTRAINT mine CHECK (note <> 'x') NO INHERIT,
          CONSTRAINT later CHECK (id < 1000) NOT VALID
        );
        COMMENT ON COLUMN users.country IS 'where from';
        ALTER TABLE users ALTER COLUMN note SET STORAGE EXTERNAL, ADD dropped int;
        ALTER TABLE users DROP dropped, ADD late int DEFAULT 7`);
      const tablePlan = plan({
        header: ['full name', 'id', 'own'],
        schemaColumns: schemaColumns('id int', 'own money').concat({ name: 'full name', sourceType: 'varchar(50)' }),
        mother: await motherOf(database, 'users'),
      });
      await loadPlan(database, tablePlan, '`Ann`|1|12.5\n`Bob`|2|NULL\n');
      assert.deepEqual(await database.query('SELECT * FROM v1_users ORDER BY id'), [
        { id: '1', 'Full Name': 'Ann', country: 'NZ', doubled: '2', note: null, late: 7, own: '12.5000' },
        { id: '2', 'Full Name': 'Bob', country: 'NZ', doubled: '4', note: null, late: 7, own: null },
      ]);
      assert.deepEqual(await database.query('SELECT tableoid::regclass::text AS child, id FROM users ORDER BY id'), [
        { child: 'v1_users', id: '1' },
        { child: 'v1_users', id: '2' },
      ]);
      await assert.rejects(database.query(`INSERT INTO v1_users (id, "Full Name") VALUES (3, '')`), /named/);
      await assert.rejects(database.query(`INSERT INTO v1_users (id, "Full Name") VALUES (1000, 'Cy')`), /later/);
    });

    it("make COPY refuse a value that violates the mother's CHECK or NOT NULL", async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE users (id integer NOT NULL CHECK (id > 0)); CREATE SCHEMA motherload');
      const tablePlan = plan({ schemaColumns: schemaColumns('id int'), mother: await motherOf(database, 'users') });
      for (const statement of createStatements(tablePlan, staging)) await database.query(statement);
      for (const [record, message] of [
        ['0\n', /check constraint/],
        ['\\N\n', /not-null/],
      ] as const) {
        await assert.rejects(
          pipeline([Buffer.from(record)], database.client.query(from(copyStatement(tablePlan, staging, 'text')))),
          message,
        );
      }
    });

    it('turn hexadecimal digits into bytes, with or without a prefix, and refuse a wrong digit', async () => {
      const database = await createTestDatabase(version);
      const tablePlan = plan({ schemaColumns: schemaColumns('id int', 'a varbinary(9)', 'b image') });
      await loadPlan(database, tablePlan, '1|`0x00fF`|0X41\n2|\\x00ff|\\X41\n3|00FF|`41`\n4|0x|NULL\n5|``|\n');
      const bytes = Buffer.from([0, 255]);
      const letter = Buffer.from('A');
      const empty = Buffer.alloc(0);
      assert.deepEqual(await database.query('SELECT * FROM v1_users ORDER BY id'), [
        { id: 1, a: bytes, b: letter },
        { id: 2, a: bytes, b: letter },
        { id: 3, a: bytes, b: letter },
        { id: 4, a: empty, b: null },
        { id: 5, a: empty, b: empty },
      ]);
      await database.query('DROP TABLE v1_users');
      await assert.rejects(
        loadPlan(database, tablePlan, '1|0xZZ|NULL\n'),
        /not written in pairs of hexadecimal digits/,
      );
    });

    it("turn hexadecimal digits into the bytes of a mother's column with a default, a CHECK and a generated column on it", async () => {
      const database = await createTestDatabase(version);
      await database.query(`
        CREATE TABLE users (
          id integer NOT NULL,
          photo bytea DEFAULT '\\x01' NOT NULL CHECK (photo <> '\\x00'::bytea),
          size integer GENERATED ALWAYS AS (length(photo)) STORED,
          kind text DEFAULT 'p'
        )`);
      const tablePlan = plan({
        header: ['own', 'photo', 'id'],
        schemaColumns: schemaColumns('id int', 'photo image', 'own rowversion', 'absent int'),
        mother: await motherOf(database, 'users'),
      });
      await loadPlan(database, tablePlan, '0x0A|0x00ff|1\nNULL|41|2\n');
      assert.deepEqual(await database.query('SELECT * FROM v1_users ORDER BY id'), [
        { id: 1, photo: Buffer.from([0, 255]), size: 2, kind: 'p', own: Buffer.from([10]), absent: null },
        { id: 2, photo: Buffer.from('A'), size: 1, kind: 'p', own: null, absent: null },
      ]);
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM users'), [{ rows: 2 }]);
      const left = await database.query(`SELECT relname FROM pg_class WHERE relnamespace = 'motherload'::regnamespace`);
      assert.deepEqual(left, []);
      await database.query('DROP TABLE v1_users');
      await assert.rejects(loadPlan(database, tablePlan, 'NULL|NULL|1\n'), /not-null/);
      await database.query('DROP TABLE motherload.load_1');
      await assert.rejects(loadPlan(database, tablePlan, 'NULL|00|1\n'), /check constraint/);
    });

    it('load and attach every type of both type maps, and every odd name', async () => {
      const database = await createTestDatabase(version);
      for (const typeMap of [mssql, mysql]) {
        const columns = [...typeMap.types.keys()].map((words, number) => ({
          name: `c${number} "of" ${words}; --`,
          sourceType: words,
        }));
        const names = columns.map(({ name }) => name);
        const users = `odd "mother" of ${typeMap.dialect}`;
        const quoted = quoteIdentifier(users);
        const versionTable = { schema: 'public', name: `1'; DROP TABLE "users"; -- ${typeMap.dialect}` };
        await database.query(`CREATE TABLE ${quoted} (${quoteIdentifier(names[0] ?? '')} text)`);
        const tablePlan = plan({
          header: names.toReversed(),
          schemaColumns: columns,
          typeMap,
          versionTable,
          mother: await motherOf(database, users),
        });
        await loadPlan(database, tablePlan, `${names.map(() => 'NULL').join('|')}\n`);
        assert.deepEqual(await database.query(`SELECT count(*)::int AS rows FROM ${quoted}`), [{ rows: 1 }]);
      }
    });

    it('copy text in the encoding of a file whose characters have several bytes', async () => {
      const database = await createTestDatabase(version);
      const columns = schemaColumns('a varchar', 'b varchar');
      const tablePlan = plan({ schemaColumns: columns, format: { ...format, encoding: 'SJIS' } });
      await database.query('CREATE SCHEMA motherload');
      for (const statement of createStatements(tablePlan, staging)) await database.query(statement);
      const copy = copyStatement(tablePlan, staging, 'text');
      await pipeline([Buffer.from('a|b\t\\N\nNULL\t\x83\x5c\n', 'latin1')], database.client.query(from(copy)));
      assert.deepEqual(await database.query('SELECT * FROM motherload.load_1'), [
        { a: 'a|b', b: null },
        { a: 'NULL', b: 'ソ' },
      ]);
    });

    it('take quotes, back-ticks and an empty null marker as they are in an unquoted format', async () => {
      const database = await createTestDatabase(version);
      const tablePlan = plan({
        schemaColumns: schemaColumns('a varchar', 'b varchar'),
        format: { ...format, quote: '', delimiter: '\t', nullMarker: '' },
      });
      await loadPlan(database, tablePlan, 'say "x\t`y\n\tC:\\new\n');
      assert.deepEqual(await database.query('SELECT * FROM v1_users'), [
        { a: 'say "x', b: '`y' },
        { a: null, b: 'C:\\new' },
      ]);
    });
  });
}

describe('the statements of a plan on PostgreSQL 18 alone', () => {
  it('attach a table to a mother with virtual columns and NOT NULL constraints of other names', async () => {
    const database = await createTestDatabase(18);
    await database.query(`
      CREATE TABLE users (id integer CONSTRAINT "must be there" NOT NULL, twice integer GENERATED ALWAYS AS (id * 2) VIRTUAL,
        own integer NOT NULL NO INHERIT, CHECK (false) NO INHERIT, checked integer CHECK (checked > 0) NOT ENFORCED)`);
    const tablePlan = plan({
      schemaColumns: schemaColumns('id int', 'own int', 'checked int'),
      mother: await motherOf(database, 'users'),
    });
    await loadPlan(database, tablePlan, '1|NULL|-3\n');
    assert.deepEqual(await database.query('SELECT * FROM users'), [{ id: 1, twice: 2, own: null, checked: -3 }]);
  });
});
