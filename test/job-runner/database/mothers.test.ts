import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { prepareMothers, readExistingRelations, readMother } from '../../../job-runner/database/mothers.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { createMotherScene, plan, schema, target, task } from './mother-scene.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`prepareMothers on PostgreSQL ${version}`, async () => {
    const { database, db, query, prepare, tables, recorded, load } = await createMotherScene(version);

    test('creates a missing mother and its missing schema once', async () => {
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

    test('lets two ingestions create the same mother at the same time', async () => {
      const sessions = await Promise.all(Array.from({ length: 6 }, () => connect(database.uri)));
      const plans = [plan('Create'), plan('Create', 'courses'), plan('Recreate', 'lessons')];
      await Promise.all(sessions.map((session) => prepareMothers(session, task, plans, SILENT_LOG)));
      assert.deepEqual(await tables(), ['courses', 'lessons', 'users']);
      await Promise.all(sessions.map((session) => session.end()));
    });

    test('does not change an existing mother, and creates the ledger', async () => {
      await query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (single text)`);
      await prepare(plan('Use'));
      assert.deepEqual(
        (await readMother(db, target.schema, 'users'))?.columns.map(({ name }) => name),
        ['single'],
      );
      assert.deepEqual(await recorded(), []);
    });

    test('refuses a name that another kind of relation has taken meanwhile', async () => {
      await query(`CREATE SCHEMA ${schema}; CREATE VIEW ${schema}.users AS SELECT 1 AS one`);
      await assert.rejects(prepare(plan('Create')), {
        name: 'ManifestError',
        code: 'MotherIsNotATable',
        message: /a view with that name/,
      });
    });

    test('Purge drops the version tables and their loads; the mother, its rows, its views and other tables stay', async () => {
      await prepare(plan('Create'), plan('Create', 'courses'));
      for (const name of ['v1_users', 'V2 "users"']) await load(name);
      await load('v1_courses', 'courses');
      await query(
        `INSERT INTO ${schema}.users VALUES ('mine'); CREATE VIEW ${schema}.everyone AS SELECT * FROM ${schema}.users`,
      );
      await prepare(plan('Purge'));
      await prepare(plan('Purge'));
      assert.deepEqual(await tables(), ['courses', 'users', 'v1_courses']);
      assert.deepEqual(await recorded(), ['v1_courses']);
      assert.deepEqual(await query(`SELECT user_id FROM ${schema}.everyone`), [{ user_id: 'mine' }]);
    });

    test('Recreate drops the version tables and recreates the mother', async () => {
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

    test('reads relations with their kind and columns, by exact name', async () => {
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
      const names = [
        'plain',
        'PLAIN',
        'empty',
        'parts',
        'part',
        'looks',
        'kept',
        'counter',
        'pair',
        'typed',
        'missing',
      ];
      const found = await readExistingRelations(db, target.schema, names);
      assert.deepEqual(
        found.map(({ name, kind, description }) => `${name}: ${kind}, ${description}`),
        [
          ...[
            'counter: Other, sequence',
            'empty: Table, table',
            'kept: Other, materialized view',
            'looks: Other, view',
          ],
          ...[
            'pair: Other, composite type',
            'part: Other, partition',
            'parts: Other, partitioned table',
            'plain: Table, table',
          ],
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
