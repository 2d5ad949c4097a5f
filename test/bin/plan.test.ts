import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

/** Two versions of users and one of courses, loaded into a database of its own. */
async function loadedScene() {
  const database = await createTestDatabase();
  const folder = temporaryFolder();
  const columns = { id: 'int', name: 'varchar' };
  const users = { columns, rows: [[1, 'Ada']] };
  await writeDump(folder, 'crm_v1.zip', { courses: users, users });
  await writeDump(folder, 'crm_v2.zip', { users });
  const command = (name: string) => async (spec: string) => {
    const file = join(temporaryFolder(), 'ingestion.yaml');
    writeFileSync(file, manifestText(spec));
    return await motherload([name, '-f', file, '--dumps', folder, '--database', database.uri]);
  };
  const scene = { database, folder, columns, plan: command('plan'), run: command('run') };
  const first = await scene.run('');
  assert.equal(first.code, 0, first.stderr);
  return scene;
}

/** What of the database a plan must leave as it is. */
async function stateOf(database: TestDatabase) {
  return await database.query(
    `SELECT array(SELECT oid || ' ' || relname FROM pg_class ORDER BY oid) AS relations,
            (SELECT count(*)::int FROM motherload.loads) AS loads`,
  );
}

describe('motherload plan with a policy that drops', () => {
  it('prints which version tables are dropped, and the statement, before those that recreate the mothers', async () => {
    const { database, plan } = await loadedScene();
    const before = await stateOf(database);
    const { code, stdout, stderr } = await plan('motherTables: { policy: Recreate }');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^users +Recreate, drops 2 +Derived /m);
    assert.match(
      stdout,
      /^-- mother table courses\nDROP TABLE "public"\."v1_courses",\n {2}"public"\."courses";\nCREATE TABLE "public"\."courses" \(/m,
    );
    assert.match(stdout, /^DROP TABLE "public"\."v1_users",\n {2}"public"\."v2_users",\n {2}"public"\."users";$/m);
    assert.match(stdout, /^-- nightly: 3 version tables dropped before the first load, 3 tables to load \(/m);
    assert.deepEqual(await stateOf(database), before);
  });

  it('keeps the mothers where the policy is Purge', async () => {
    const { plan } = await loadedScene();
    const { stdout } = await plan('motherTables: { policy: Purge }');
    assert.match(stdout, /^-- mother table users\nDROP TABLE "public"\."v1_users",\n {2}"public"\."v2_users";\n\n/m);
    assert.doesNotMatch(stdout, /CREATE TABLE "public"\."users"/);
  });

  it('fails as the run does where something prevents the drops, and neither drops anything', async () => {
    const { database, plan, run } = await loadedScene();
    await database.query('CREATE VIEW report AS SELECT * FROM v2_users');
    for (const policy of ['Recreate', 'Purge']) {
      const [planned, tried] = [
        await plan(`motherTables: { policy: ${policy} }`),
        await run(`motherTables: { policy: ${policy} }`),
      ];
      const said = /public\.v2_users cannot be dropped, other objects depend on it \(view report\)/;
      assert.deepEqual([planned.code, tried.code], [2, 2]);
      assert.match(planned.stderr, said);
      assert.match(tried.stdout + tried.stderr, said);
    }
    assert.deepEqual(await database.query('SELECT count(*)::int AS loads FROM motherload.loads'), [{ loads: 3 }]);
  });

  it('classifies a version table that no policy drops because it has no mother', async () => {
    const { database, plan } = await loadedScene();
    await database.query('ALTER TABLE v1_users NO INHERIT users');
    const { code, stdout } = await plan('motherTables: { policy: Purge }');
    assert.equal(code, 1);
    assert.match(stdout, /v1_users holds the same content .* below no mother table/);
  });
});

describe('motherload plan of a table that replaces another', () => {
  const replace = 'loading: { onExisting: Replace }';

  it('prints every statement of the load, in order, from the staging table to the ledger', async () => {
    const { database, folder, columns, plan, run } = await loadedScene();
    await database.query('CREATE INDEX users_by_name ON users (name); ALTER TABLE users ADD PRIMARY KEY (id)');
    await writeDump(folder, 'crm_v2.zip', { users: { columns, rows: [[2, 'Bob']] } });
    const { code, stdout } = await plan(replace);
    assert.equal(code, 0);
    const [, section = ''] = /^-- crm_v2\.zip:users as v2_users\n([^]*?)\n\n/m.exec(stdout) ?? [];
    const staging = /"motherload"\."staging_\w+"/.exec(section)?.[0] ?? 'none';
    assert.deepEqual(
      section
        .replaceAll(staging, 'STAGING')
        .split(';\n')
        .map((statement) => statement.split('\n')[0]),
      [
        'DROP TABLE IF EXISTS STAGING',
        'CREATE TABLE STAGING (',
        'COPY STAGING ("id", "name") FROM STDIN WITH (FORMAT binary)',
        'CREATE INDEX "v2_users_by_name" ON STAGING USING btree (name)',
        'ALTER TABLE STAGING ADD CONSTRAINT "v2_users_pkey" PRIMARY KEY (id)',
        'ANALYZE STAGING',
        'LOCK TABLE ONLY "public"."v2_users" IN ACCESS EXCLUSIVE MODE',
        'DROP TABLE "public"."v2_users"',
        'ALTER TABLE STAGING SET SCHEMA "public"',
        `ALTER TABLE "public".${staging.split('.')[1] ?? ''} RENAME TO "v2_users"`,
        'ALTER TABLE "public"."v2_users" INHERIT "public"."users"',
        `COMMENT ON TABLE "public"."v2_users" IS 'Loaded by Motherload from crm_v2.zip:users.dat, load …'`,
        `DELETE FROM "motherload"."rejects" WHERE load_id IN (SELECT load_id FROM "motherload"."loads" WHERE (target_schema, version_table) IN (VALUES ('public', 'v2_users')))`,
        `WITH forgotten AS (DELETE FROM "motherload"."loads" WHERE (target_schema, version_table) IN (VALUES ('public', 'v2_users')) RETURNING *),`,
        'INSERT INTO "motherload"."loads" (target_schema, version_table, load_id, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes, plan_digest, rows, rejects, streams, seconds, columns, records, sha256, checksum, checksum_of, ingestion_namespace, ingestion_name, ingestion_run)',
      ],
    );
    assert.equal((await run(replace)).code, 0);
  });

  it('reports that a view on the old table prevents the load, as it prevents the run', async () => {
    const { database, folder, columns, plan, run } = await loadedScene();
    await database.query('CREATE VIEW report AS SELECT * FROM v2_users');
    await writeDump(folder, 'crm_v2.zip', { users: { columns, rows: [[2, 'Bob']] } });
    const [planned, tried] = [await plan(replace), await run(replace)];
    assert.deepEqual([planned.code, tried.code], [1, 1]);
    assert.match(planned.stdout, /public\.v2_users cannot be dropped, other objects depend on it \(view report\)/);
  });
});
