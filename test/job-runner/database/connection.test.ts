import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { prepareMothers } from '../../../job-runner/database/mothers.ts';
import { createTestDatabase } from '../../database.ts';
import { refusal } from './refusal.ts';

const TASK = {
  ingestion: { namespace: 'default', name: 'nightly', run: 'run-1' },
  target: {
    databaseSecretRef: { name: 'd', key: 'uri' },
    schema: 'app',
    ledgerSchema: 'ledger',
    versionTableName: '{table}',
  },
};

suite('connect without TLS', async () => {
  const database = await createTestDatabase();

  test('prefer accepts a server without TLS, require does not', async () => {
    const port = await serverWithoutTls();
    // It answers the SSLRequest with N, and ends the plain connection that follows.
    const plain = await refusal(`postgresql://u:sEcr3t@127.0.0.1:${port}/d`);
    assert.deepEqual([plain.kind, plain.code], ['Transient', 'DatabaseUnreachable']);
    const tls = await refusal(`postgresql://u:sEcr3t@127.0.0.1:${port}/d?sslmode=require`);
    assert.deepEqual([tls.kind, tls.code], ['Manifest', 'DatabaseTls']);
    assert.match(tls.message, /The server does not support SSL connections/);
  });

  test('a server that does not exist or never answers is a Transient error', async () => {
    const refused = await refusal('postgresql://u:sEcr3t@127.0.0.1:1/d');
    assert.deepEqual([refused.kind, refused.code], ['Transient', 'DatabaseUnreachable']);
    const both = await refusal('postgresql://u:sEcr3t@localhost:1/d');
    assert.match(both.message, /ECONNREFUSED/);
    const unknown = await refusal('postgresql://u:sEcr3t@host.invalid/d');
    assert.deepEqual([unknown.kind, unknown.code], ['Transient', 'DatabaseUnreachable']);
    const noSocket = await refusal('postgresql://u:sEcr3t@/d?host=/nowhere');
    assert.deepEqual([noSocket.kind, noSocket.code], ['Transient', 'DatabaseUnreachable']);
    const port = await silentServer();
    const silent = await refusal(`postgresql://u:sEcr3t@127.0.0.1:${port}/d?connect_timeout=1`);
    assert.deepEqual([silent.kind, silent.code], ['Transient', 'DatabaseUnreachable']);
    assert.match(silent.message, /timeout/);
  });

  test('a database that does not exist is a Manifest error', async () => {
    const error = await refusal(database.uri.replace(/\/test_\w+/, '/nowhere'));
    assert.deepEqual([error.kind, error.code], ['Manifest', 'Sql3D000']);
    assert.match(error.message, /create the database or correct its name/);
  });

  test('an invalid URI is refused before connecting, and its text is not in the message', async () => {
    const uris = [
      '',
      'host=x password=sEcr3t',
      'mysql://u:sEcr3t@h/d',
      'postgresql://u:sEcr3t#x@h/d',
      'postgresql://u:12?sEcr3t@h/d',
    ];
    for (const uri of [
      ...uris,
      'postgresql://u:12/sEcr3t@h/d',
      'postgresql://u:sEcr3t@h:x/d',
      'postgresql://u:sEcr3t@a,b/d',
    ]) {
      const error = await refusal(uri);
      assert.deepEqual([error.kind, error.code], ['Manifest', 'DatabaseUri'], uri);
    }
    assert.match((await refusal('postgresql://h/d?sslmod=require')).message, /did you mean sslmode\?/);
  });

  test('a connection overrides settings of the role that would harm a load', async () => {
    const name = database.uri.match(/test_\w+/)?.[0] ?? '';
    for (const setting of [
      "statement_timeout = '2s'",
      "idle_session_timeout = '2s'",
      "datestyle = 'German, DMY'",
      "timezone = 'Asia/Tokyo'",
    ]) {
      await database.query(`ALTER DATABASE ${name} SET ${setting}`);
    }
    const db = await connect(database.uri);
    // Longer than a slow machine takes from the connection to its settings.
    await wait(2300);
    const { rows } = await db.query<{ timeout: string; date: string; epoch: string }>(
      `SELECT current_setting('statement_timeout') AS timeout, '01/02/2020'::date::text AS date, pg_sleep(2.3)::text,
        extract(epoch FROM '1970-01-01 00:00:00'::timestamptz)::int::text AS epoch`,
    );
    assert.deepEqual([rows[0]?.timeout, rows[0]?.date, rows[0]?.epoch], ['0', '2020-01-02', '0']);
    await db.end();
    await database.query(`ALTER DATABASE ${name} RESET ALL`);
  });

  test("no setting of the database decides what a dump's values mean", async () => {
    const wanted = {
      DateStyle: 'ISO, MDY',
      TimeZone: 'UTC',
      IntervalStyle: 'postgres',
      xmloption: 'content',
      lc_monetary: 'C',
      bytea_output: 'hex',
      extra_float_digits: '1',
      array_nulls: 'on',
      quote_all_identifiers: 'off',
    };
    const other = ["DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kolkata'", "IntervalStyle = 'sql_standard'"];
    other.push("xmloption = 'document'", "bytea_output = 'escape'", 'extra_float_digits = -5', 'array_nulls = off');
    other.push('quote_all_identifiers = on');
    const { uri, client } = await createTestDatabase();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    for (const setting of other) await client.query(`ALTER DATABASE ${rows[0]?.name ?? ''} SET ${setting}`);
    const db = await connect(uri);
    try {
      for (const [name, value] of Object.entries(wanted)) {
        const shown = await db.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
        assert.equal(shown.rows[0]?.value, value, name);
      }
    } finally {
      await db.end();
    }
  });

  test('a read-only connection and a read-only database refuse to write', async () => {
    const db = await connect(database.uri, { readOnly: true });
    await assert.rejects(db.query('CREATE TABLE t ()'), { code: '25006' });
    await db.end();
    const name = /test_\w+/.exec(database.uri)?.[0] ?? '';
    await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const other = await connect(database.uri);
    await assert.rejects(prepareMothers(other, TASK, [], SILENT_LOG), {
      code: 'Sql25006',
      kind: 'Manifest',
      message: /read-only transaction: connect to a primary server/,
    });
    await other.end();
    await database.query(`ALTER DATABASE ${name} RESET ALL`);
  });

  test('the application name and the options of the URI are used', async () => {
    const db = await connect(
      `${database.uri}&application_name=nightly%20load&options=-c%20work_mem%3D5MB&connect_timeout=5`,
    );
    const { rows } = await db.query(
      "SELECT current_setting('application_name') AS name, current_setting('work_mem') AS memory",
    );
    assert.deepEqual(rows, [{ name: 'nightly load', memory: '5MB' }]);
    await db.end();
  });
});

/** Answers N to a request for TLS. */
async function serverWithoutTls(): Promise<number> {
  return await listen((data, end) => (data.length === 8 ? 'N' : (end(), undefined)));
}

async function silentServer(): Promise<number> {
  return await listen(() => undefined);
}

async function listen(answer: (data: Buffer, end: () => void) => string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const text = answer(data, () => socket.destroy());
      if (text !== undefined) socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}
