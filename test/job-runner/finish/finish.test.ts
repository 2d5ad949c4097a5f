import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import type { FinishTask } from '../../../crds/contract/task.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { migrateLedger } from '../../../job-runner/database/ledger.ts';
import { lockStagingTable } from '../../../job-runner/database/staging-table.ts';
import { stagingTable } from '../../../job-runner/plan/staging-table.ts';
import { finish } from '../../../job-runner/finish/finish.ts';
import { eventually } from '../../cluster/commands.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

const task = (...mothers: string[]): FinishTask => ({
  kind: 'Finish',
  ingestion: { namespace: 'default', name: 'nightly', run: 'r1' },
  target: {
    databaseSecretRef: { name: 'database', key: 'uri' },
    schema: 'app',
    ledgerSchema: 'motherload',
    versionTableName: '{table}',
  },
  mothers,
});

function recordingLog(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  return { log: { ...SILENT_LOG, warn: (message) => void warnings.push(message) }, warnings };
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`finish on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query(`
      CREATE SCHEMA app;
      CREATE TABLE app."Odd "" mother" (a integer, b text);
      CREATE TABLE app.v1 () INHERITS (app."Odd "" mother");
      CREATE TABLE app.v2 (c text) INHERITS (app."Odd "" mother");
      INSERT INTO app.v1 SELECT g, 'x' FROM generate_series(1, 300) g;
      INSERT INTO app.v2 SELECT g, 'y' FROM generate_series(1, 100) g`);

    test('creates statistics of a mother over all its versions', async () => {
      const { log, warnings } = recordingLog();
      const result = await finish(task('Odd " mother'), database.uri, log);
      assert.equal(result.outcome, 'Succeeded');
      assert.equal(typeof result.seconds['analyze'], 'number');
      const statistics = await database.query(
        `SELECT attname, inherited, most_common_vals::text AS values FROM pg_stats WHERE tablename = 'Odd " mother' AND attname = 'b'`,
      );
      assert.deepEqual(statistics, [{ attname: 'b', inherited: true, values: '{x,y}' }]);
      assert.deepEqual(warnings, []);
    });

    test('does not analyze version tables, whose loads have done so', async () => {
      await finish(task('Odd " mother'), database.uri, SILENT_LOG);
      assert.deepEqual(await database.query(`SELECT 1 FROM pg_stats WHERE tablename IN ('v1', 'v2')`), []);
    });

    test('only warns about a mother or schema that no longer exists', async () => {
      const { log, warnings } = recordingLog();
      await finish(task('lost', 'Odd " mother'), database.uri, log);
      const elsewhere = task('lost');
      await finish({ ...elsewhere, target: { ...elsewhere.target, schema: 'nowhere' } }, database.uri, log);
      assert.deepEqual(warnings, [
        'the mother table app.lost no longer exists and gets no statistics',
        'the mother table nowhere.lost no longer exists and gets no statistics',
      ]);
    });

    test('analyzes a mother whose versions were all loaded before only if nobody has done so since', async () => {
      const mother = 'late';
      await database.query('CREATE TABLE app.late (a integer); CREATE TABLE app.v1_late () INHERITS (app.late)');
      await database.query('INSERT INTO app.v1_late SELECT 7 FROM generate_series(1, 100)');
      const connection = await connect(database.uri);
      await migrateLedger(connection, 'motherload');
      await connection.end();
      const loadedAt = async (at: string) => {
        await database.query(
          `INSERT INTO motherload.loads (target_schema, version_table, load_id, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes,
             plan_digest, rows, streams, seconds, ingestion_namespace, ingestion_name, ingestion_run, loaded_at)
           VALUES ('app', 'v1_late', gen_random_uuid(), 'late', 'd', 'e', 'v1', '0', 0, '', 100, 1, '{}', 'n', 'n', 'r', ${at})
           ON CONFLICT (target_schema, version_table) DO UPDATE SET loaded_at = excluded.loaded_at`,
        );
      };
      const statistics = () => database.query("SELECT 1 AS one FROM pg_stats WHERE tablename = 'late' AND inherited");
      const finishLate = async () => await finish({ ...task(), unchangedMothers: [mother] }, database.uri, SILENT_LOG);
      await loadedAt('now()');
      await finishLate();
      assert.deepEqual(await statistics(), [{ one: 1 }], 'the run that loaded it was stopped before its finish Job');
      await database.query("DELETE FROM pg_statistic WHERE starelid = 'app.late'::regclass");
      // The server reports when it was done with a delay of up to a second.
      await eventually('the time of the ANALYZE', 60, async () => {
        const [row] = await database.query(
          "SELECT last_analyze IS NOT NULL AS known FROM pg_stat_user_tables WHERE relname = 'late'",
        );
        assert.equal(row?.['known'], true);
      });
      await finishLate();
      assert.deepEqual(await statistics(), [], 'nothing was loaded since');
      await loadedAt("now() + interval '1 minute'");
      await finishLate();
      assert.deepEqual(await statistics(), [{ one: 1 }], 'a version was loaded since');
      await database.query('DROP TABLE app.late CASCADE; DROP SCHEMA motherload CASCADE');
    });

    test('removes the tables of broken loads, but not those of a running one', async () => {
      const abandoned = stagingTable('motherload', { schema: 'app', name: 'v8_a' });
      const current = stagingTable('motherload', { schema: 'app', name: 'v9_a' });
      await database.query(`CREATE SCHEMA motherload; CREATE TABLE motherload."${abandoned.name}" (a int); CREATE TABLE motherload."${current.name}" (a int);
        CREATE TABLE motherload.staging_of_mine (a int)`);
      const runner = await connect(database.uri);
      await lockStagingTable(runner, current);
      await finish(task(), database.uri, SILENT_LOG);
      const left = await database.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'motherload'::regnamespace AND relkind = 'r' ORDER BY 1",
      );
      assert.deepEqual(
        left.map((row) => row['relname']),
        [current.name, 'staging_of_mine'],
      );
      await runner.end();
    });

    test('warns about a mother that the role may not analyze, in the words of the server', async () => {
      const role = `reader_${version}_finish`;
      await database.query(
        `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA app TO ${role}`,
      );
      const { log, warnings } = recordingLog();
      await finish(task('Odd " mother'), database.uri.replace('postgres@', `${role}@`), log);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /Odd " mother/);
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });

    test('uses as many connections as it gets, and none is a Transient error', async () => {
      const role = `few_${version}_finish`;
      const uri = database.uri.replace('postgres@', `${role}@`);
      await database.query(
        `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1; GRANT USAGE ON SCHEMA app TO ${role}`,
      );
      const tables = ['one', 'two', 'three', 'four'].map(
        (name) => `CREATE TABLE app.${name} (a int); ALTER TABLE app.${name} OWNER TO ${role};`,
      );
      await database.query(tables.join(' '));
      const { log, warnings } = recordingLog();
      assert.equal((await finish(task('one', 'two', 'three', 'four'), uri, log)).outcome, 'Succeeded');
      assert.deepEqual(warnings, []);
      const only = await connect(uri);
      await assert.rejects(finish(task('one', 'two'), uri, SILENT_LOG), { kind: 'Transient', code: 'Sql53300' });
      await only.end();
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });

    test('does nothing without mothers', async () => {
      assert.equal((await finish(task(), database.uri, SILENT_LOG)).outcome, 'Succeeded');
    });
  });
}
