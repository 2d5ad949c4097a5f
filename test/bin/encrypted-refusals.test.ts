import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tableContents } from '../bucket/table-contents.ts';
import { createTestDatabase } from '../database.ts';
import { rawZip } from '../failing-dumps/failing-dumps.ts';
import { Gpg } from '../gpg.ts';
import { aesEntry } from '../job-runner/dump/encrypted/aes-writer.ts';
import { motherload, ROOT, temporaryFolder, type CliResult } from './cli.ts';
import { DUMPS, encrypted } from './encrypted-dumps.ts';

const PASSPHRASE = 'correct horse battery staple';

const gpg = await Gpg.create();
const key = gpg.createKey('nightly');
const locked = gpg.createKey('locked', { passphrase: PASSPHRASE });
const stranger = gpg.createKey('stranger');
const folder = temporaryFolder();

describe('encrypted dumps that cannot be read', () => {
  const refused = async (
    dumps: string,
    options: readonly string[],
    expected: RegExp,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<CliResult> => {
    const database = await createTestDatabase();
    const command = ['run', '-f', 'examples/quickstart.yaml', '--dumps', dumps, '--database', database.uri];
    const result = await motherload([...command, ...options], {
      environment: { GNUPGHOME: '/nonexistent', ...environment },
    });
    assert.notEqual(result.code, 0);
    assert.match(result.stdout + result.stderr, expected);
    const tables = await tableContents(database);
    assert.deepEqual(
      Object.keys(tables).filter((name) => /v1_/.test(name)),
      [],
    );
    assert.deepEqual(Object.values(tables).flat(), []);
    return result;
  };
  const one = (encrypt: (zip: Buffer) => Buffer) => encrypted(encrypt, '.gpg', /velo_v1/);

  const inKey = ['--gpg-key', key.file];
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

  for (const [name, compression] of [
    ['packed', []],
    ['unpacked', ['--compress-algo', 'none']],
  ] as const) {
    const whole = (zip: Buffer) => gpg.encrypt(zip, key, compression);
    it(`name a message that was changed in the middle (${name})`, async () => {
      await refused(
        one((zip) => flipped(whole(zip), zip.length >> 1)),
        inKey,
        /is damaged or was changed|MessageDamaged/,
      );
    });
    it(`name a message whose last byte was changed (${name})`, async () => {
      await refused(
        one((zip) => {
          const message = whole(zip);
          return flipped(message, message.length - 1);
        }),
        inKey,
        /is damaged or was changed/,
      );
    });
    it(`name a message that is cut off (${name})`, async () => {
      await refused(
        one((zip) => whole(zip).subarray(0, zip.length >> 1)),
        inKey,
        /ends before its OpenPGP message does/,
      );
      await refused(
        one((zip) => whole(zip).subarray(0, -1)),
        inKey,
        /ends before its OpenPGP message does/,
      );
    });
    it(`name what follows a message (${name})`, async () => {
      const message = /bytes follow its OpenPGP message, or a second message does/;
      await refused(
        one((zip) => Buffer.concat([whole(zip), Buffer.from('more')])),
        inKey,
        message,
      );
      await refused(
        one((zip) => Buffer.concat([whole(zip), whole(zip)])),
        inKey,
        message,
      );
    });
  }

  it('name what follows an armoured message, which gpg ignores', async () => {
    const message = /bytes follow its OpenPGP message, or a second message does/;
    const armoured = (zip: Buffer) => gpg.encrypt(zip, key, ['--armor']);
    await refused(
      one((zip) => Buffer.concat([armoured(zip), Buffer.from('more')])),
      inKey,
      message,
    );
    await refused(
      one((zip) => Buffer.concat([armoured(zip), armoured(zip)])),
      inKey,
      message,
    );
    await refused(
      one((zip) => armoured(zip).subarray(0, -20)),
      inKey,
      /ends before its OpenPGP message does/,
    );
  });

  it('name a file that is not a message', async () => {
    await refused(
      one((zip) => zip),
      inKey,
      /it is not an OpenPGP message/,
    );
    await refused(
      one(() => Buffer.alloc(0)),
      inKey,
      /not an OpenPGP message|is empty/,
    );
  });

  it('name a message with something else than a ZIP', async () => {
    await refused(
      one(() => gpg.encrypt(Buffer.from('a text'), key)),
      inKey,
      /not a ZIP/,
    );
  });

  it('name a ZIP that has encrypted its entries as well', async () => {
    const password = gpg.passphraseFile('secret');
    await refused(
      one(() => gpg.encrypt(rawZip(['a.json', 'a.dat'].map((name) => aesEntry(name, '[]', 'secret'))), key)),
      [...inKey, '--zip-password-file', password],
      /EntryEncrypted.*encrypted by AES.*within a dump that is encrypted as a whole/,
    );
  });

  it('name the key that is missing', async () => {
    await refused(
      one((zip) => gpg.encrypt(zip, stranger)),
      inKey,
      /whose secret part is not there/,
    );
  });

  it('name a key without its secret part, and a file that is no key', async () => {
    const dumps = one((zip) => gpg.encrypt(zip, key));
    await refused(dumps, ['--gpg-key', key.publicFile], /has no secret key .*--export-secret-keys/);
    await refused(dumps, ['--gpg-key', join(DUMPS, 'velo_v1.zip')], /has no secret key/);
    await refused(dumps, ['--gpg-key', join(folder, 'missing')], /the file of --gpg-key cannot be read/);
  });

  it('name a passphrase that is wrong or missing', async () => {
    const dumps = one((zip) => gpg.encrypt(zip, locked));
    const wrong = gpg.passphraseFile('wrong');
    await refused(dumps, ['--gpg-key', locked.file, '--gpg-passphrase-file', wrong], /the passphrase is not that of/);
    await refused(dumps, ['--gpg-key', locked.file], /needs a passphrase, and none is given/);
    await refused(
      one((zip) => gpg.encryptSymmetrically(zip, PASSPHRASE)),
      ['--gpg-key', key.file, '--gpg-passphrase-file', wrong],
      /the passphrase is not that of|or the passphrase is another one/,
    );
    await refused(
      dumps,
      ['--gpg-key', locked.file, '--gpg-passphrase-file', gpg.passphraseFile('')],
      /passphrase is empty/,
    );
  });

  it('say that there is no gpg', async () => {
    const dumps = one((zip) => gpg.encrypt(zip, key));
    await refused(dumps, inKey, /there is no gpg on the PATH/, { PATH: folder });
  });

  it('say what is to be set where nothing is', async () => {
    const dumps = one((zip) => gpg.encrypt(zip, key));
    const manifest = join(folder, 'no-decryption.yaml');
    const text = readFileSync(join(ROOT, 'examples', 'quickstart.yaml'), 'utf8');
    writeFileSync(
      manifest,
      text.replace(
        /^( *)source:\n(\1 .*\n)+/m,
        `$1source: { volume: { hostPath: { path: ${dumps} } }, include: ["*.gpg"] }\n`,
      ),
    );
    const database = await createTestDatabase();
    const result = await motherload(['run', '-f', manifest, '--database', database.uri]);
    assert.match(
      result.stdout + result.stderr,
      /it is encrypted: set spec\.source\.decryption\.gpg, or give --gpg-key/,
    );
  });
});
