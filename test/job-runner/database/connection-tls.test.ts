import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { Authority } from './certificates.ts';
import { startTlsServer } from './tls-server.ts';
import { PASSWORD, refusal } from './refusal.ts';

/** Connects, and returns whether by TLS. */
async function connectsByTls(uri: string): Promise<boolean> {
  const db = await connect(uri);
  try {
    const { rows } = await db.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0]?.ssl === true;
  } finally {
    await db.end();
  }
}

suite('connect with TLS', async () => {
  const server = await startTlsServer();
  const uri = (parameters: string, { host = 'localhost', user = 'loader', password = PASSWORD } = {}) =>
    `postgresql://${user}:${encodeURIComponent(password)}@${host}:${server.port}/motherload?${parameters}`;
  const rules = [
    'hostssl all certified all cert',
    'hostnossl all plain all scram-sha-256',
    'host all loader all scram-sha-256',
  ];
  for (const role of ['loader', 'plain', 'certified'])
    await server.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await server.setHostRules(rules);

  test('verify-full accepts a certificate of the named authority for this host', async () => {
    assert.equal(await connectsByTls(uri(`sslmode=verify-full&sslrootcert=${server.authority.file}`)), true);
    assert.equal(
      await connectsByTls(uri(`sslrootcert=${encodeURIComponent(server.authority.file)}&sslmode=verify-full`)),
      true,
    );
    assert.equal(
      await connectsByTls(uri(`sslnegotiation=direct&sslmode=verify-full&sslrootcert=${server.authority.file}`)),
      true,
    );
  });

  test('verify-full refuses another authority and says so', async () => {
    const other = new Authority(server.folder, 'other');
    const error = await refusal(uri(`sslmode=verify-full&sslrootcert=${other.file}`));
    assert.deepEqual([error.kind, error.code], ['Manifest', 'DatabaseTls']);
    assert.match(error.message, /certificate.*check sslmode and sslrootcert/);
  });

  test('verify-full without an authority, or with the well-known ones, refuses a private one', async () => {
    for (const parameters of ['sslmode=verify-full', 'sslmode=verify-full&sslrootcert=system', 'sslrootcert=system']) {
      assert.equal((await refusal(uri(parameters))).code, 'DatabaseTls', parameters);
    }
  });

  test('verify-full refuses another host name or IP address; verify-ca ignores the host name', async () => {
    const file = server.authority.file;
    const error = await refusal(uri(`sslmode=verify-full&sslrootcert=${file}`, { host: '127.0.0.1' }));
    assert.deepEqual([error.kind, error.code], ['Manifest', 'DatabaseTls']);
    assert.match(error.message, /127\.0\.0\.1/);
    assert.equal(await connectsByTls(uri(`sslmode=verify-ca&sslrootcert=${file}`, { host: '127.0.0.1' })), true);
    assert.equal(await connectsByTls(uri(`sslmode=require&sslrootcert=${file}`, { host: '127.0.0.1' })), true);
  });

  test('verify-ca, and require with an authority, refuse another authority', async () => {
    const other = new Authority(server.folder, 'third');
    for (const mode of ['verify-ca', 'require']) {
      assert.equal((await refusal(uri(`sslmode=${mode}&sslrootcert=${other.file}`))).code, 'DatabaseTls', mode);
    }
  });

  test('require and prefer, the default, accept any certificate; allow and disable connect without TLS', async () => {
    const found = [];
    for (const parameters of [
      'sslmode=require',
      'ssl=true',
      'sslmode=no-verify',
      'sslmode=prefer',
      '',
      'sslmode=allow',
      'sslmode=disable',
      'sslmode=disable\n', // As a Secret made from a file that ends with a line end.
    ]) {
      found.push(await connectsByTls(uri(parameters)));
    }
    assert.deepEqual(found, [true, true, true, true, true, false, false, false]);
  });

  test('prefer and allow try the other kind of connection if pg_hba.conf requires it', async () => {
    assert.equal(await connectsByTls(uri('', { user: 'plain' })), false);
    assert.equal((await refusal(uri('sslmode=require', { user: 'plain' }))).code, 'Sql28000');
    await server.setHostRules(['hostssl all loader all scram-sha-256']);
    assert.equal(await connectsByTls(uri('sslmode=allow')), true);
    const error = await refusal(uri('sslmode=disable'));
    assert.deepEqual([error.kind, error.code], ['Manifest', 'Sql28000']);
    await server.setHostRules(rules);
  });

  test('a client certificate is sent, and without one the server refuses the connection', async () => {
    const { certificate, key } = server.authority.sign('certified');
    const files = `sslcert=${certificate}&sslkey=${key}`;
    assert.equal(await connectsByTls(uri(`sslmode=require&${files}`, { user: 'certified' })), true);
    assert.match((await refusal(uri('sslmode=require', { user: 'certified' }))).message, /certificate/);
  });

  test('missing or wrong files are named', async () => {
    const junk = join(server.folder, 'junk.pem');
    writeFileSync(junk, 'nothing of the kind');
    const { certificate } = server.authority.sign('lonely');
    const said = async (parameters: string) =>
      (await refusal(uri(parameters))).message.replace(/^.*are not valid: /, '');
    assert.equal(
      await said('sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
      'sslrootcert=/nowhere/ca.pem cannot be read (ENOENT)',
    );
    assert.match(await said(`sslmode=verify-full&sslrootcert=${junk}`), /^sslrootcert is not a valid PEM file/);
    assert.match(
      await said(`sslmode=require&sslcert=${junk}&sslkey=${junk}`),
      /^sslcert or sslkey is not a valid PEM file/,
    );
    assert.equal(await said(`sslmode=require&sslcert=${certificate}`), 'sslcert and sslkey must be set together');
    assert.match(await said('sslmode=verify-ca'), /^sslmode=verify-ca needs an sslrootcert/);
    assert.match(await said('sslmode=full'), /^sslmode must be disable, allow/);
  });

  test('a wrong password, an unknown user and a missing password are Manifest errors', async () => {
    const wrong = await refusal(uri('', { password: `${PASSWORD}!` }));
    assert.deepEqual([wrong.kind, wrong.code], ['Manifest', 'Sql28P01']);
    assert.match(wrong.message, /check user and password in the URI/);
    assert.equal((await refusal(uri('', { user: 'nobody' }))).code, 'Sql28000');
    const none = await refusal(uri('').replace(/:[^:@]*@/, '@'));
    assert.deepEqual([none.kind, none.code], ['Manifest', 'DatabasePassword']);
  });

  test('channel binding is used if the URI requires it', async () => {
    assert.equal(await connectsByTls(uri('sslmode=require&channel_binding=require')), true);
  });
});
