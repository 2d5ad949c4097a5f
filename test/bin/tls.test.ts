import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { Authority } from '../job-runner/database/certificates.ts';
import { startTlsServer } from '../job-runner/database/tls-server.ts';
import { motherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, table } from './dumps.ts';

suite('motherload run with spec.target.tls', async () => {
  const server = await startTlsServer();
  await server.query('CREATE ROLE certified LOGIN; GRANT CREATE ON SCHEMA public TO certified');
  await server.query('GRANT CREATE ON DATABASE motherload TO certified');
  await server.setHostRules(['hostssl all certified all cert']);
  const { certificate, key } = server.authority.sign('certified');
  const pem = { ca: server.authority.file, other: new Authority(server.folder, 'other').file, certificate, key };
  const temporary = temporaryFolder();
  const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }])] });

  const object = (kind: string, name: string, data: Readonly<Record<string, string>>) =>
    `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name }, [kind === 'Secret' ? 'stringData' : 'data']: data })}\n`;
  const tls = 'tls: { caConfigMapRef: { name: authority }, certificateSecretRef: { name: client } }';
  const ingestion = manifest(folder).replace('{ name: database } }', `{ name: database }, ${tls} }`);
  const database = object('Secret', 'database', {
    uri: `postgresql://certified@localhost:${server.port}/motherload`,
  });
  const authority = (file: string) => object('ConfigMap', 'authority', { 'ca.crt': readFileSync(file, 'utf8') });
  const client = object('Secret', 'client', {
    'tls.crt': readFileSync(pem.certificate, 'utf8'),
    'tls.key': readFileSync(pem.key, 'utf8'),
  });
  const run = async (...objects: string[]) =>
    await motherload(['run', '-f', '-'], {
      input: `${ingestion}\n${objects.join('')}`,
      environment: { TMPDIR: temporary },
    });

  test('uses the Secrets and ConfigMaps of the files, and leaves none of them behind', async () => {
    const { code, stderr } = await run(database, authority(pem.ca), client);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('refuses another authority', async () => {
    const { code, stderr } = await run(database, authority(pem.other), client);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /certificate/);
  });

  test('says what the files lack', async () => {
    const absent = await run(database, authority(pem.ca));
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /refers to the Secret client of namespace default, which none of the files contains/);
    const empty = await run(database, object('ConfigMap', 'authority', { other: '' }), client);
    assert.match(empty.stderr, /refers to the key ca\.crt, which the ConfigMap authority does not have/);
  });

  test('needs none of them with a database of its own', async () => {
    const query = `sslmode=verify-full&sslrootcert=${pem.ca}&sslcert=${pem.certificate}&sslkey=${pem.key}`;
    const uri = `postgresql://certified@localhost:${server.port}/motherload?${query}`;
    const { code, stderr } = await motherload(['run', '-f', '-', '--database', uri], {
      input: ingestion + '\n' + database,
    });
    assert.equal(code, 0, stderr);
  });
});
