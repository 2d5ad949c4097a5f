import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { tableContents } from '../bucket/table-contents.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { Gpg } from '../gpg.ts';
import { motherload, ROOT, temporaryFolder } from './cli.ts';
import { DUMPS, encrypted } from './encrypted-dumps.ts';

const PASSPHRASE = 'correct horse battery staple';

const gpg = await Gpg.create();
const key = gpg.createKey('nightly');
const locked = gpg.createKey('locked', { passphrase: PASSPHRASE });
const folder = temporaryFolder();
const passphraseFile = gpg.passphraseFile(PASSPHRASE);

const run = async (database: TestDatabase, dumps: string, options: readonly string[], home = '/nonexistent') =>
  await motherload(
    ['run', '-f', 'examples/quickstart.yaml', '--dumps', dumps, '--database', database.uri, ...options],
    { environment: { GNUPGHOME: home } },
  );

describe('encrypted dumps', () => {
  let expected: Awaited<ReturnType<typeof tableContents>>;

  before(async () => {
    const database = await createTestDatabase();
    const plain = await run(database, DUMPS, []);
    assert.equal(plain.code, 0, plain.stderr);
    expected = await tableContents(database);
    assert(Object.keys(expected).length > 10);
  });

  const loaded = async (dumps: string, options: readonly string[], home?: string): Promise<TestDatabase> => {
    const database = await createTestDatabase();
    const result = await run(database, dumps, options, home);
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert.deepEqual(await tableContents(database), expected);
    return database;
  };

  it('are loaded with a key, row by row as their ZIPs, and not again by a second run', async () => {
    const dumps = encrypted((zip) => gpg.encrypt(zip, key));
    const database = await loaded(dumps, ['--gpg-key', key.file]);
    const again = await run(database, dumps, ['--gpg-key', key.file]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /20 unchanged; 0 rows/);
    const rows = await database.query('SELECT count(*)::int AS count FROM motherload.loads');
    assert.deepEqual(rows, [{ count: 20 }]);
  });

  it('are loaded with a key and its passphrase', async () => {
    await loaded(
      encrypted((zip) => gpg.encrypt(zip, locked, ['--armor']), '.pgp'),
      [...['--gpg-key', locked.file, '--gpg-passphrase-file', passphraseFile]],
    );
  });

  it('are loaded with a passphrase alone', async () => {
    const dumps = encrypted((zip) => gpg.encryptSymmetrically(zip, PASSPHRASE, ['--compress-algo', 'none']));
    const home = join(folder, 'empty');
    mkdirSync(home, { mode: 0o700 });
    await loaded(dumps, ['--gpg-passphrase-file', passphraseFile], home);
  });

  it("are loaded with the user's own keys where the manifest's Secret is not among the files", async () => {
    const manifest = join(folder, 'own-keys.yaml');
    const text = readFileSync(join(ROOT, 'examples', 'quickstart.yaml'), 'utf8');
    const decryption = 'decryption: { gpg: { keySecretRef: { name: dumps-key } } }';
    const dumps = encrypted((zip) => gpg.encrypt(zip, key));
    const source = `source: { volume: { hostPath: { path: ${dumps} } }, ${decryption} }`;
    writeFileSync(manifest, text.replace(/^( *)source:\n(\1 .*\n)+/m, `$1${source}\n`));
    const database = await createTestDatabase();
    const command = ['run', '-f', manifest, '--database', database.uri];
    const result = await motherload(command, { environment: { GNUPGHOME: gpg.home } });
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert.deepEqual(await tableContents(database), expected);
  });

  it('are loaded beside plain ones, of which a copy with the same bytes is not loaded twice', async () => {
    const dumps = encrypted((zip) => gpg.encrypt(zip, key));
    for (const file of ['velo_v1.zip', 'velo_v2.zip'])
      writeFileSync(join(dumps, file), readFileSync(join(DUMPS, file)));
    await loaded(dumps, ['--gpg-key', key.file]);
  });

  it('are planned, proven and compared as plain ones', async () => {
    const dumps = encrypted((zip) => gpg.encrypt(zip, key));
    const database = await loaded(dumps, ['--gpg-key', key.file]);
    const shared = ['-f', 'examples/quickstart.yaml', '--dumps', dumps, '--gpg-key', key.file];
    const planned = await motherload(['plan', ...shared]);
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /COPY/);
    const verified = await motherload(['verify', ...shared, '--database', database.uri]);
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);
    assert.match(verified.stdout, /20 of 20 version tables have the rows of their dumps/);
    const sniffed = await motherload(['sniff', join(dumps, 'velo_v1.zip.gpg'), '--gpg-key', key.file]);
    assert.equal(sniffed.code, 0, sniffed.stderr);
    assert.equal(sniffed.stdout, (await motherload(['sniff', join(DUMPS, 'velo_v1.zip')])).stdout);
  });

  it('are decrypted with a key that has expired, with a warning', async () => {
    // Years ago, when it was valid, for as long as encrypting takes.
    const options = ['--faked-system-time', '20200101T120000!'];
    const short = gpg.createKey('short', { expires: 'seconds=3', options });
    const dumps = encrypted((zip) => gpg.encrypt(zip, short, options), '.gpg', /velo_v1/);
    const database = await createTestDatabase();
    const result = await run(database, dumps, ['--gpg-key', short.file, '--output', 'json']);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /encrypted for a key that has expired/);
  });
});
