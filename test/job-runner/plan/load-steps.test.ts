import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { statementsOf } from '../../../job-runner/plan/load-steps.ts';
import { mother, plan, schemaColumns, steps } from './fixtures.ts';

const columns = schemaColumns('id int', 'photo image');
const alone = plan({ schemaColumns: columns });
const child = plan({ schemaColumns: columns, mother: mother('users', 'id integer') });

const COMMENT = `COMMENT ON TABLE "public"."v1_users" IS 'Loaded by Motherload from app_v1.zip:users.dat, load load-1'`;

/** The first lines. */
function summary(statements: readonly string[]): string[] {
  return statements.map((sql) => sql.split('\n')[0] ?? '');
}

suite('the steps of a load', () => {
  test('create, copy, analyze, move, comment and record a table without a mother, in this order', () => {
    assert.deepEqual(summary(statementsOf(steps(alone))), [
      'DROP TABLE IF EXISTS "motherload"."load_1"',
      'CREATE TABLE "motherload"."load_1" (',
      `COPY "motherload"."load_1" ("id", "photo") FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')`,
      'ANALYZE "motherload"."load_1"',
      'ALTER TABLE "motherload"."load_1" SET SCHEMA "public"',
      'ALTER TABLE "public"."load_1" RENAME TO "v1_users"',
      COMMENT,
      `DELETE FROM "motherload"."rejects" WHERE load_id IN (SELECT load_id FROM "motherload"."loads" WHERE (target_schema, version_table) IN (VALUES ('public', 'v1_users')))`,
      `WITH forgotten AS (DELETE FROM "motherload"."loads" WHERE (target_schema, version_table) IN (VALUES ('public', 'v1_users')) RETURNING *),`,
      'INSERT INTO "motherload"."loads" (target_schema, version_table, load_id, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes, plan_digest, rows, rejects, streams, seconds, columns, records, sha256, checksum, checksum_of, ingestion_namespace, ingestion_name, ingestion_run)',
    ]);
  });

  test('build the indexes before ANALYZE, and inherit after the move', () => {
    const prefix = 'CREATE INDEX by_id ON public.users';
    const index = {
      name: 'by_id',
      constraint: null,
      definition: `${prefix} USING btree (id)`,
      prefix,
      isUnique: false,
    };
    const { finish, attach } = steps(child, { indexes: [index] });
    assert.deepEqual(
      finish.map(({ does, sql }) => [does, sql.split('\n')[0]]),
      [
        ['Index', 'CREATE INDEX "v1_users_by_id" ON "motherload"."load_1" USING btree (id)'],
        ['Analyze', 'ANALYZE "motherload"."load_1"'],
      ],
    );
    assert.deepEqual(
      attach.map(({ does }) => does),
      ['Move', 'Move', 'Inherit', 'Comment'],
    );
    assert.equal(attach[2]?.sql, 'ALTER TABLE "public"."v1_users" INHERIT "public"."users"');
  });

  test('make no index where there is no mother', () => {
    const index = { name: 'i', constraint: 'UNIQUE (id)', definition: '', prefix: '', isUnique: true };
    assert.deepEqual(
      steps(alone, { indexes: [index] }).finish.map(({ does }) => does),
      ['Analyze'],
    );
  });

  test('lock and drop the table that is replaced before the new one takes its name', () => {
    assert.deepEqual(steps(child, { replaces: true }).attach.slice(0, 3), [
      { does: 'Replace', sql: 'LOCK TABLE ONLY "public"."v1_users" IN ACCESS EXCLUSIVE MODE' },
      { does: 'Replace', sql: 'DROP TABLE "public"."v1_users"' },
      { does: 'Move', sql: 'ALTER TABLE "motherload"."load_1" SET SCHEMA "public"' },
    ]);
  });

  test('lock the staging table in each of several streams', () => {
    const several = steps(alone, { streams: 2, copyFormat: 'binary' });
    assert.deepEqual(several.copy, {
      format: 'binary',
      isBatched: false,
      streams: 2,
      lock: 'LOCK TABLE ONLY "motherload"."load_1" IN ROW EXCLUSIVE MODE',
      statement: 'COPY "motherload"."load_1" ("id", "photo") FROM STDIN WITH (FORMAT binary)',
    });
    assert.deepEqual(statementsOf(several).slice(2, 4), [several.copy.lock, several.copy.statement]);
  });

  test('leave what only the load can say to the parameters of the ledger row, and quote all else', () => {
    const { ledger } = steps(child, { ledgerSchema: 'My "ledger"' });
    assert.match(
      ledger.forget.join('\n'),
      /^DELETE FROM "My ""ledger"""\."rejects" .*\nWITH forgotten AS \(DELETE FROM "My ""ledger"""\."loads" WHERE [^]*INSERT INTO "My ""ledger"""\."history" /,
    );
    assert.match(ledger.record, /^INSERT INTO "My ""ledger"""\."loads" \(/);
    assert.match(
      ledger.record,
      /\nVALUES \('public', 'v1_users', 'load-1', 'users', 'app_v1\.zip', 'users\.dat', 'v1', \$10, \$11, '[0-9a-f]{64}', \$1, \$2, \$3, \$4, \$5, \$6, \$7, \$8, \$9, 'default', 'nightly', 'run-1'\)$/,
    );
    assert.match(steps(alone).ledger.record, /'load-1', NULL, 'app_v1\.zip'/);
  });
});
