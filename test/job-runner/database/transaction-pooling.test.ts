import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import pg from 'pg';
import { connect } from '../../../job-runner/database/connection.ts';
import { motherload, temporaryFolder } from '../../bin/cli.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { manifestText } from '../../manifest.ts';
import { startPgbouncer } from '../../pgbouncer.ts';
import { refusal } from './refusal.ts';

/** What another program finds that the pooler gives the same server process. */
async function settingsOf(uri: string): Promise<unknown[]> {
  const client = new pg.Client(uri);
  await client.connect();
  const names = ['default_transaction_read_only', 'statement_timeout', 'DateStyle', 'TimeZone', 'bytea_output'];
  const { rows } = await client.query<Record<string, unknown>>(
    `SELECT name, setting FROM pg_settings WHERE name = ANY($1) AND source = 'session' ORDER BY name`,
    [names],
  );
  await client.end();
  return rows;
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`a pooler in front of PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    for (const mode of ['transaction', 'statement'] as const) {
      test(`is refused in ${mode} mode before anything of the session is changed`, async () => {
        for (const size of [1, 5]) {
          const pooled = await startPgbouncer(database.uri, mode, size);
          const before = await settingsOf(pooled);
          const failure = await refusal(pooled);
          assert.deepEqual([failure.kind, failure.code], ['Manifest', 'TransactionPooling'], `pool of ${size}`);
          assert.match(failure.message, /a URI of the server itself, or of the pooler in session mode/);
          assert.deepEqual(await settingsOf(pooled), before);
        }
      });
    }

    test('that has no second connection to give is refused, since nobody can tell its mode', async () => {
      const pooled = await startPgbouncer(database.uri, 'session', 1);
      const failure = await refusal(pooled);
      assert.deepEqual([failure.kind, failure.code], ['Transient', 'PoolerBusy']);
    });

    test('is used in session mode, and leaves nothing behind', async () => {
      const pooled = await startPgbouncer(database.uri, 'session');
      const before = await settingsOf(pooled);
      const db = await connect(pooled, { readOnly: true });
      await assert.rejects(db.query('CREATE TABLE forbidden ()'), /read-only/);
      await db.end();
      assert.deepEqual(await settingsOf(pooled), before);
    });
  });
}

suite('commands through a pooler', async () => {
  const database = await createTestDatabase();
  const folder = temporaryFolder();
  await writeDump(folder, 'crm_v1.zip', { users: { columns: { id: 'int' }, rows: [[1], [2]] } });
  const manifest = join(folder, 'ingestion.yaml');
  writeFileSync(manifest, manifestText('motherTables: { policy: Create }'));
  const commands = (uri: string) => [
    ['run', '-f', manifest, '--dumps', folder, '--database', uri],
    ['plan', '-f', manifest, '--dumps', folder, '--database', uri],
    ['status', '--database', uri],
    ['query', 'SELECT count(*) FROM users', '--database', uri],
  ];

  test('are refused in transaction mode, with what to do', async () => {
    const pooled = await startPgbouncer(database.uri, 'transaction');
    for (const command of commands(pooled)) {
      const { code, stdout, stderr } = await motherload(command);
      assert.notEqual(code, 0, command[0]);
      assert.match(stdout + stderr, /or of the pooler in session mode/, command[0]);
    }
    assert.deepEqual(await database.query("SELECT to_regclass('users') AS found"), [{ found: null }]);
  });

  test('work in session mode', async () => {
    const pooled = await startPgbouncer(database.uri, 'session', 10);
    for (const command of commands(pooled)) {
      const { code, stdout, stderr } = await motherload(command);
      assert.equal(code, 0, `${command[0]}: ${stdout}${stderr}`);
    }
    assert.deepEqual(await database.query('SELECT id FROM users ORDER BY id'), [{ id: 1 }, { id: 2 }]);
  });
});
