import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { tableContents } from '../bucket/table-contents.ts';
import { startWebServer } from '../bucket/web-server.ts';
import { Certificates } from '../cluster/certificates.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { Gpg } from '../gpg.ts';
import { installPackages } from '../packages.ts';
import { motherload, ROOT, temporaryFolder, type CliResult } from './cli.ts';
import { DUMPS, encrypted, packed, PACKERS, PASSWORD, SEVEN_ZIP } from './encrypted-dumps.ts';

const TOKEN = 'Bearer of-the-secret';
const folder = temporaryFolder();
const certificates = new Certificates(join(folder, 'certificates'));
await certificates.makeAuthority();
await certificates.make('server', { name: 'server', addresses: ['localhost'] });
const { key, certificate } = certificates.read('server');
const server = await startWebServer('/', { key, cert: certificate });
server.intercept = (request, response) => {
  if (request.headers.authorization === TOKEN) return false;
  response.writeHead(401).end();
  return true;
};

/** The Secrets that a manifest names: what the server wants to see, and its authority. */
const secrets = join(folder, 'secrets.yaml');
writeFileSync(
  secrets,
  `---
apiVersion: v1
kind: Secret
metadata: { name: token }
stringData: { headers: "Authorization: ${TOKEN}" }
---
apiVersion: v1
kind: Secret
metadata: { name: authority }
stringData: { ca.crt: ${JSON.stringify(readFileSync(certificates.authority, 'utf8'))} }
`,
);

/** The quickstart with the dumps of a folder, by an index on the server that names them. */
function manifestOf(dumps: string): string {
  const index = join(dumps, 'index.txt');
  writeFileSync(
    index,
    readdirSync(dumps)
      .filter((name) => name.includes('.zip'))
      .map((name) => `${name}?signature=secret\n`)
      .join(''),
  );
  const source = `{ https: { indexUrl: "${server.origin}/${relative('/', index)}", headersSecretRef: { name: token }, caSecretRef: { name: authority } } }`;
  const text = readFileSync(join(ROOT, 'examples', 'quickstart.yaml'), 'utf8');
  const file = join(folder, `${crypto.randomUUID()}.yaml`);
  writeFileSync(file, text.replace(/^( *)source:\n(\1 .*\n)+/m, `$1source: ${source}\n`));
  return file;
}

const command = async (
  name: 'run' | 'plan' | 'verify',
  manifest: string,
  more: readonly string[] = [],
): Promise<CliResult> => await motherload([name, '-f', manifest, '-f', secrets, ...more]);

describe('dumps on a web server with TLS', () => {
  let expected: Awaited<ReturnType<typeof tableContents>>;

  before(async () => {
    await installPackages(PACKERS, 'install them yourself to run these tests');
    const database = await createTestDatabase();
    const options = ['--dumps', DUMPS, '--database', database.uri];
    const plain = await motherload(['run', '-f', 'examples/quickstart.yaml', ...options]);
    assert.equal(plain.code, 0, plain.stderr);
    expected = await tableContents(database);
    assert(Object.keys(expected).length > 10);
  });

  /** Twice, and proves them. */
  async function loads(dumps: string, options: readonly string[] = []): Promise<TestDatabase> {
    const manifest = manifestOf(dumps);
    const database = await createTestDatabase();
    const all = [...options, '--database', database.uri];
    server.requests.length = 0;
    const run = await command('run', manifest, all);
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.deepEqual(await tableContents(database), expected);
    const whole = server.requests.filter(({ headers }) => headers.range === undefined);
    assert(
      whole.every(({ url }) => url.endsWith('/index.txt')),
      'all of a dump is read by ranges',
    );
    const again = await command('run', manifest, all);
    assert.match(again.stdout, /20 unchanged; 0 rows/);
    const verified = await command('verify', manifest, all);
    assert.match(verified.stdout, /20 of 20 version tables have the rows of their dumps/);
    for (const { stdout, stderr } of [run, again, verified])
      assert.doesNotMatch(stdout + stderr, /signature|of-the-secret|correct horse/);
    return database;
  }

  it('are loaded row by row as from a folder, not again by a second run, and proven', async () => {
    const dumps = encrypted((zip) => zip, '');
    await loads(dumps);
    const planned = await command('plan', manifestOf(dumps));
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /COPY/);
  });

  it('are loaded likewise where their entries are encrypted by AES', async () => {
    const password = join(folder, 'password');
    writeFileSync(password, PASSWORD);
    await loads(await packed(SEVEN_ZIP), ['--zip-password-file', password]);
  });

  it('are loaded likewise where gpg has encrypted them', async () => {
    const gpg = await Gpg.create();
    const own = gpg.createKey('server');
    await loads(
      encrypted((zip) => gpg.encrypt(zip, own)),
      ['--gpg-key', own.file],
    );
  });

  it('are refused without the headers, and without the authority', async () => {
    const text = readFileSync(manifestOf(encrypted((zip) => zip, '')), 'utf8');
    for (const [without, code] of [
      [/headersSecretRef: \{ name: token \}, /, 'SourceAccessDenied'],
      [/, caSecretRef: \{ name: authority \}/, 'SourceTls'],
    ] as const) {
      const file = join(folder, `${code}.yaml`);
      writeFileSync(file, text.replace(without, ''));
      const { uri } = await createTestDatabase();
      const run = await command('run', file, ['--database', uri, '-o', 'json']);
      assert.equal(run.code, 2, run.stderr + run.stdout);
      assert.match(run.stderr + run.stdout, new RegExp(code));
    }
  });
});
