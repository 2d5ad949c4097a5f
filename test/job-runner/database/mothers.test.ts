import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { Target } from '../../../crds/contract/task.ts';
import { connect, type Database } from '../../../job-runner/database/connection.ts';
import { listLoads, recordLoad } from '../../../job-runner/database/ledger.ts';
import { prepareMothers, readExistingRelations, readMother } from '../../../job-runner/database/mothers.ts';
import { commentVersionTable, versionTableComment } from '../../../job-runner/database/version-tables.ts';
import { quoteIdentifier, quoteQualified } from '../../../job-runner/plan/sql.ts';
import type { MotherPlan } from '../../../job-runner/plan/mother-plan.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { ledgerRow } from './ledger-rows.ts';

const target: Target = {
  databaseSecretRef: { name: 'database', key: 'uri' },
  schema: 'App "1"',
  ledgerSchema: 'ledger',
  versionTableName: '{version}_{table}',
};
const task = { ingestion: { namespace: 'default', name: 'nightly', run: 'this run' }, target };
const schema = quoteIdentifier(target.schema);

function plan(action: MotherPlan['action'], name = 'users'): MotherPlan {
  const columns = [
    { name: 'user_id', type: 'text', notNull: true },
    { name: 'Odd " name', type: 'numeric(12,2)', notNull: false },
  ];
  return { name, action, origin: 'Derived', columns, warnings: [] };
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`mothers on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const db = database.client;
    const query = (sql: string) => database.query(sql);
    const prepare = (...plans: MotherPlan[]) => prepareMothers(db, task, plans, SILENT_LOG);
    const tables = async () =>
      (await database.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [target.schema])).map(
        (row) => row['tablename'],
      );
    const recorded = async () => (await listLoads(db, target.ledgerSchema)).map(({ versionTable }) => versionTable);

    /** A version table as a load leaves it. */
    async function load(name: string, mother = 'users', run = 'an earlier run'): Promise<void> {
      const ingestion = { ...task.ingestion, run };
      const row = ledgerRow({ targetSchema: target.schema, versionTable: name, mother, ingestion });
      await query(`CREATE TABLE ${quoteQualified(target.schema, name)} () INHERITS (${quoteQualified(target.schema, mother)})`);
      await commentVersionTable(db, target.schema, name, versionTableComment(row));
      await recordLoad(db, target.ledgerSchema, row);
    }

    /** The policy stops with this error, and nothing has changed. */
    async function stops(action: 'Purge' | 'Recreate', code: string, message: RegExp, ...others: MotherPlan[]): Promise<void> {
      const before = [await tables(), await recorded()];
      await assert.rejects(prepare(...others, plan(action)), { name: 'ManifestError', code, message });
      assert.deepEqual([await tables(), await recorded()], before);
    }

    /** Another session's statement stands in line for a lock. */
    async function waitsForLock(session: Database): Promise<void> {
      const { processID } = session as unknown as { processID: number };
      const waiting = 'SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted';
      while ((await database.query(waiting, [processID])).length === 0) await wait(20);
    }

    beforeEach(async () => {
      await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; DROP SCHEMA IF EXISTS ledger CASCADE; DROP SCHEMA IF EXISTS other CASCADE`);
    });

    test('a missing mother is created in a schema that is missing, too; then it is left alone', async () => {
      await prepare(plan('Create'));
      const mother = await readMother(db, target.schema, 'users');
      assert.deepEqual(mother, {
        schema: target.schema,
        name: 'users',
        columns: [
          { name: 'user_id', type: 'text', notNull: true, generated: false },
          { name: 'Odd " name', type: 'numeric(12,2)', notNull: false, generated: false },
        ],
        uninherited: { checks: [], notNull: [] },
      });
      await query(`INSERT INTO ${schema}.users VALUES ('1')`);
      await prepare(plan('Create'));
      assert.deepEqual(await query(`SELECT user_id FROM ${schema}.users`), [{ user_id: '1' }]);
    });

    test('ingestions that create the same mother at once both succeed', async () => {
      const sessions = await Promise.all(Array.from({ length: 6 }, () => connect(database.uri)));
      const plans = [plan('Create'), plan('Create', 'courses'), plan('Recreate', 'lessons')];
      await Promise.all(sessions.map((session) => prepareMothers(session, task, plans, SILENT_LOG)));
      assert.deepEqual(await tables(), ['courses', 'lessons', 'users']);
      await Promise.all(sessions.map((session) => session.end()));
    });

    test('a mother to be used is not touched, and the ledger is there', async () => {
      await query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (single text)`);
      await prepare(plan('Use'));
      assert.deepEqual(
        (await readMother(db, target.schema, 'users'))?.columns.map(({ name }) => name),
        ['single'],
      );
      assert.deepEqual(await recorded(), []);
    });

    test('a name that another kind of relation has taken meanwhile is refused', async () => {
      await query(`CREATE SCHEMA ${schema}; CREATE VIEW ${schema}.users AS SELECT 1 AS one`);
      await assert.rejects(prepare(plan('Create')), { name: 'ManifestError', code: 'MotherIsNoTable', message: /a view of that name/ });
    });

    test('Purge drops the version tables and forgets them; mother, its rows, its views and other tables stay', async () => {
      await prepare(plan('Create'), plan('Create', 'courses'));
      for (const name of ['v1_users', 'V2 "users"']) await load(name);
      await load('v1_courses', 'courses');
      await query(`INSERT INTO ${schema}.users VALUES ('mine'); CREATE VIEW ${schema}.everyone AS SELECT * FROM ${schema}.users`);
      await prepare(plan('Purge'));
      await prepare(plan('Purge'));
      assert.deepEqual(await tables(), ['courses', 'users', 'v1_courses']);
      assert.deepEqual(await recorded(), ['v1_courses']);
      assert.deepEqual(await query(`SELECT user_id FROM ${schema}.everyone`), [{ user_id: 'mine' }]);
    });

    test('Recreate drops them and makes the mother anew', async () => {
      await query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (old integer)`);
      await prepare(plan('Use'));
      await load('v1_users');
      await prepare(plan('Recreate'));
      assert.deepEqual(await tables(), ['users']);
      assert.deepEqual(await recorded(), []);
      assert.deepEqual(
        (await readMother(db, target.schema, 'users'))?.columns.map(({ name }) => name),
        ['user_id', 'Odd " name'],
      );
      await prepare(plan('Recreate'));
      assert.deepEqual(await tables(), ['users']);
    });

    for (const action of ['Purge', 'Recreate'] as const) {
      test(`${action} stops before a child that somebody else made, and names it`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        await query(`CREATE SCHEMA other; CREATE TABLE other.archive () INHERITS (${schema}.users)`);
        await stops(action, 'ForeignChildren', /the ledger in schema ledger does not know other\.archive/);
      });

      test(`${action} stops before a table that was made anew under a version table's name`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        await query(`DROP TABLE ${schema}.v1_users; CREATE TABLE ${schema}.v1_users () INHERITS (${schema}.users)`);
        await stops(action, 'ForeignChildren', /v1_users/);
      });

      test(`${action} stops before a version table that the ledger was made to forget`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        await query('DELETE FROM ledger.loads');
        await stops(action, 'ForeignChildren', /v1_users/);
      });

      test(`${action} stops before views, foreign keys and children that hang on a version table`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        await load('v2_users');
        await query(`CREATE VIEW ${schema}.newest AS SELECT * FROM ${schema}.v2_users`);
        await stops(action, 'TableInUse', /v2_users cannot be dropped.*view .*newest/);
        await query(`DROP VIEW ${schema}.newest; CREATE TABLE ${schema}.child () INHERITS (${schema}.v2_users)`);
        await stops(action, 'TableInUse', /v2_users cannot be dropped.*child/);
        await query(`DROP TABLE ${schema}.child; ALTER TABLE ${schema}.v1_users ADD UNIQUE (user_id)`);
        await query(`CREATE TABLE ${schema}.orders (user_id text REFERENCES ${schema}.v1_users (user_id))`);
        await stops(action, 'TableInUse', /v1_users cannot be dropped.*orders/);
      });

      test(`${action} with one mother that must be kept drops nothing of the others either`, async () => {
        await prepare(plan('Create'), plan('Create', 'courses'));
        await load('v1_users');
        await query(`CREATE TABLE ${schema}.mine () INHERITS (${schema}.courses)`);
        await assert.rejects(prepare(plan(action), plan(action, 'courses')), { code: 'ForeignChildren' });
        assert.deepEqual(await recorded(), ['v1_users']);
      });

      test(`${action} drops nothing of the others either where one mother's version table is in use`, async () => {
        await prepare(plan('Create', 'courses'), plan('Create'));
        await load('v1_courses', 'courses');
        await load('v1_users');
        await query(`CREATE VIEW ${schema}.newest AS SELECT * FROM ${schema}.v1_users`);
        await stops(action, 'TableInUse', /v1_users cannot be dropped.*view .*newest/, plan(action, 'courses'));
        await query(`DROP VIEW ${schema}.newest; ALTER TABLE ${schema}.v1_courses ADD UNIQUE (user_id)`);
        await query(`ALTER TABLE ${schema}.v1_users ADD FOREIGN KEY (user_id) REFERENCES ${schema}.v1_courses (user_id)`);
        await stops(action, 'TableInUse', /v1_courses cannot be dropped.*constraint .* on table .*v1_users/, plan(action, 'courses'));
      });

      test(`${action} drops tables that depend on each other, and what belongs to them, in the order of the mothers`, async () => {
        await prepare(plan('Create', 'courses'), plan('Create'));
        await load('v1_courses', 'courses');
        for (const name of ['v1_users', 'v2_users']) await load(name);
        await query(`
          ALTER TABLE ${schema}.v1_users ADD PRIMARY KEY (user_id), ADD number serial, ADD twice integer GENERATED ALWAYS AS (2) STORED;
          ALTER TABLE ${schema}.v2_users ADD own integer DEFAULT nextval('${schema}.v1_users_number_seq'), ADD again integer
            GENERATED BY DEFAULT AS IDENTITY, ADD FOREIGN KEY (user_id) REFERENCES ${schema}.v1_users, ADD CHECK (own > 0);
          ALTER TABLE ${schema}.v1_courses ADD FOREIGN KEY (user_id) REFERENCES ${schema}.v1_users;
          CREATE INDEX ON ${schema}.v2_users (lower(user_id)); CREATE STATISTICS ${schema}.both ON own, again FROM ${schema}.v2_users;
          CREATE RULE silent AS ON INSERT TO ${schema}.v2_users DO INSTEAD NOTHING;
          CREATE FUNCTION ${schema}.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
          CREATE TRIGGER acts BEFORE INSERT ON ${schema}.v2_users FOR EACH ROW EXECUTE FUNCTION ${schema}.act();
          CREATE POLICY all_of_it ON ${schema}.v2_users USING (own > 1)`);
        await prepare(plan(action, 'courses'), plan(action));
        assert.deepEqual([await tables(), await recorded()], [['courses', 'users'], []]);
      });

      test(`${action} stops before a version table that belongs to another role`, async () => {
        await prepare(plan('Create', 'courses'), plan('Create'));
        await load('v1_courses', 'courses');
        await load('v1_users');
        const role = `"loader of some mothers"`;
        await query(`CREATE ROLE ${role}; GRANT ALL ON SCHEMA ${schema}, ledger TO ${role};
          GRANT ALL ON ALL TABLES IN SCHEMA ledger TO ${role}; ALTER TABLE ${schema}.courses OWNER TO ${role};
          ALTER TABLE ${schema}.users OWNER TO ${role}; ALTER TABLE ${schema}.v1_courses OWNER TO ${role}; SET ROLE ${role}`);
        try {
          await stops(action, 'NotOwner', /needs App "1"\.v1_users, which belongs to the role /, plan(action, 'courses'));
        } finally {
          await query('RESET ROLE');
          await query(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`);
        }
      });

      test(`${action} drops nothing where another mother cannot be made`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        const places = { ...plan('Create', 'places'), columns: [{ name: 'at', type: 'geometry(Point,4326)', notNull: false }] };
        await assert.rejects(prepare(plan(action), places), { code: 'MotherDefinition', message: /the database has no type geometry/ });
        assert.deepEqual([await tables(), await recorded()], [['users', 'v1_users'], ['v1_users']]);
      });

      test(`${action} by a runner that comes late drops nothing of what its own run has loaded`, async () => {
        await prepare(plan('Create', 'courses'), plan('Create'));
        await load('v1_courses', 'courses');
        await prepare(plan(action, 'courses'), plan(action));
        await load('v2_courses', 'courses', task.ingestion.run);
        await prepare(plan(action, 'courses'), plan(action), plan('Create', 'lessons'));
        assert.deepEqual([await tables(), await recorded()], [['courses', 'lessons', 'users', 'v2_courses'], ['v2_courses']]);
      });

      test(`${action} that waits for a load of its own run drops nothing of it either`, async () => {
        await prepare(plan('Create'));
        await load('v1_users');
        const late = await connect(database.uri);
        await query('BEGIN');
        await query(`LOCK TABLE ${schema}.users IN SHARE UPDATE EXCLUSIVE MODE`);
        const preparing = prepareMothers(late, task, [plan(action)], SILENT_LOG);
        await waitsForLock(late);
        await load('v2_users', 'users', task.ingestion.run);
        await query('COMMIT');
        await preparing;
        await late.end();
        assert.deepEqual(
          [await tables(), await recorded()],
          [
            ['users', 'v1_users', 'v2_users'],
            ['v1_users', 'v2_users'],
          ],
        );
      });
    }

    test('Recreate stops before rows of the mother itself', async () => {
      await prepare(plan('Create'));
      await load('v1_users');
      await query(`INSERT INTO ${schema}.users VALUES ('mine')`);
      await stops('Recreate', 'MotherHasRows', /has rows of its own, which policy: Recreate would lose/);
    });

    test('Recreate stops before a view or a foreign key on the mother', async () => {
      await prepare(plan('Create'));
      await load('v1_users');
      await query(`CREATE VIEW ${schema}.everyone AS SELECT user_id FROM ${schema}.users`);
      await stops('Recreate', 'TableInUse', /users cannot be dropped.*everyone/);
      await query(`DROP VIEW ${schema}.everyone; ALTER TABLE ${schema}.users ADD UNIQUE (user_id)`);
      await query(`CREATE TABLE ${schema}.orders (user_id text REFERENCES ${schema}.users (user_id))`);
      await stops('Recreate', 'TableInUse', /users cannot be dropped.*orders/);
    });

    test('relations are read with their kind and columns, by exact name', async () => {
      await query(`
        CREATE SCHEMA ${schema};
        CREATE TABLE ${schema}.plain (a integer NOT NULL, gone text, "B b" varchar(20), c numeric GENERATED ALWAYS AS (a * 2) STORED, d text[],
          e timestamp(3) with time zone);
        ALTER TABLE ${schema}.plain DROP COLUMN gone;
        CREATE TABLE ${schema}.empty ();
        CREATE TABLE ${schema}.parts (a integer) PARTITION BY LIST (a);
        CREATE TABLE ${schema}.part PARTITION OF ${schema}.parts DEFAULT;
        CREATE VIEW ${schema}.looks AS SELECT 1 AS one;
        CREATE MATERIALIZED VIEW ${schema}.kept AS SELECT 1 AS one;
        CREATE SEQUENCE ${schema}.counter;
        CREATE TYPE ${schema}.pair AS (a integer);
        CREATE TABLE ${schema}.typed OF ${schema}.pair`);
      const names = ['plain', 'PLAIN', 'empty', 'parts', 'part', 'looks', 'kept', 'counter', 'pair', 'typed', 'missing'];
      const found = await readExistingRelations(db, target.schema, names);
      assert.deepEqual(
        found.map(({ name, kind, description }) => `${name}: ${kind}, ${description}`),
        [
          ...['counter: Other, sequence', 'empty: Table, table', 'kept: Other, materialized view', 'looks: Other, view'],
          ...['pair: Other, composite type', 'part: Other, partition', 'parts: Other, partitioned table', 'plain: Table, table'],
          'typed: Other, typed table',
        ],
      );
      assert.deepEqual((await readMother(db, target.schema, 'plain'))?.columns, [
        { name: 'a', type: 'integer', notNull: true, generated: false },
        { name: 'B b', type: 'character varying(20)', notNull: false, generated: false },
        { name: 'c', type: 'numeric', notNull: false, generated: true },
        { name: 'd', type: 'text[]', notNull: false, generated: false },
        { name: 'e', type: 'timestamp(3) with time zone', notNull: false, generated: false },
      ]);
      assert.deepEqual((await readMother(db, target.schema, 'empty'))?.columns, []);
      assert.equal(await readMother(db, target.schema, 'looks'), undefined);
      assert.equal(await readMother(db, 'nowhere', 'plain'), undefined);
    });
  });
}
