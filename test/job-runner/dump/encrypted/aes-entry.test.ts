import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { openArchive, type Archive } from '../../../../job-runner/dump/archive.ts';
import { runCommand } from '../../../cluster/commands.ts';
import { rawZip } from '../../../failing-dumps/failing-dumps.ts';
import { installPackages } from '../../../packages.ts';
import { catalogueTask, temporaryFolder, writeFiles } from '../../catalogue/tasks.ts';
import { contentsOf } from '../archives.ts';
import { aesEntry, type AesOptions } from './aes-writer.ts';

const PACKAGES = { '7zz': '7zip', bsdtar: 'libarchive-tools' };
/** 7-Zip takes no other characters than those of ASCII. */
const PASSWORD = 'correct horse "battery"';
const { limits } = catalogueTask('/');
const folder = temporaryFolder();

/** More than one chunk, packed or not, and no whole number of blocks. */
const LARGE = Array.from({ length: 90_000 }, (_, row) => `${row}|user ${(row * 7919) % 100_003}|NULL\n`).join('');
const FILES: Readonly<Record<string, string>> = {
  'Größe.dat': 'id\n1\n',
  'block.dat': '0123456789abcdef',
  'empty.dat': '',
  'large.dat': LARGE,
};

async function using<Result>(
  zip: Buffer,
  use: (archive: Archive) => Promise<Result>,
  password: string | undefined = PASSWORD,
): Promise<Result> {
  const file = join(folder, `${crypto.randomUUID()}.zip`);
  writeFileSync(file, zip);
  const archive = await openArchive(file, limits, 'crm_v1.zip', {
    password: () => Promise.resolve(Buffer.from(password)),
  });
  try {
    return await use(archive);
  } finally {
    await archive.close();
  }
}

/** A ZIP of the files, by a shell command in their folder that writes to $OUT with the password $SECRET. */
async function zipBy(command: string): Promise<Buffer> {
  const zip = join(folder, `${crypto.randomUUID()}.zip`);
  await runCommand(['bash', '-euo', 'pipefail', '-c', command], {
    folder: join(folder, 'files'),
    environment: { OUT: zip, SECRET: PASSWORD, LC_ALL: 'C.UTF-8' },
  });
  return readFileSync(zip);
}

const codeOf = async (zip: Buffer, password?: string) => {
  const read = using(zip, contentsOf, password);
  return await read.then(
    () => 'read',
    (error: unknown) => (error as { readonly code: string }).code,
  );
};
const flipped = (zip: Buffer, at: number): Buffer => {
  const copy = Buffer.from(zip);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const identities = async (zip: Buffer) =>
  await using(zip, async (archive) => {
    const found: string[] = [];
    for (const entry of archive.entries) found.push(await archive.identify(entry));
    return found;
  });
const fingerprintOf = async (zip: Buffer) => await using(zip, (archive) => archive.fingerprint());

before(async () => {
  await installPackages(PACKAGES, 'install them yourself to run these tests');
  writeFiles(join(folder, 'files'), FILES);
});

describe('an archive reads with its password what', () => {
  const commands: Readonly<Record<string, string>> = {
    '7-Zip encrypts by AES-256': '7zz a -tzip -mem=AES256 -p"$SECRET" "$OUT" .',
    '7-Zip encrypts by AES-192': '7zz a -tzip -mem=AES192 -p"$SECRET" "$OUT" .',
    '7-Zip encrypts by AES-128': '7zz a -tzip -mem=AES128 -p"$SECRET" "$OUT" .',
    '7-Zip does not compress': '7zz a -tzip -mm=Copy -mem=AES256 -p"$SECRET" "$OUT" .',
    '7-Zip packs with Deflate64': '7zz a -tzip -mm=Deflate64 -mem=AES256 -p"$SECRET" "$OUT" .',
    '7-Zip adds to a plain ZIP':
      '7zz a -tzip "$OUT" *e.dat && 7zz a -tzip -mem=AES256 -p"$SECRET" "$OUT" block.dat empty.dat',
    'bsdtar encrypts by AES-256, with data descriptors':
      'bsdtar -cf "$OUT" --format zip --options zip:encryption=aes256 --passphrase "$SECRET" *',
    'bsdtar encrypts by AES-128 without compression':
      'bsdtar -cf "$OUT" --format zip --options zip:encryption=aes128,zip:compression=store --passphrase "$SECRET" *',
  };
  for (const [title, command] of Object.entries(commands))
    it(title, async () => {
      const contents = await using(await zipBy(command), contentsOf);
      assert.deepEqual(Object.fromEntries(Object.entries(contents).filter(([name]) => !name.endsWith('/'))), FILES);
    });

  it('7-Zip writes with names in another encoding', async () => {
    const zip = await zipBy('7zz a -tzip -mcu=off -mcl=on -mem=AES256 -p"$SECRET" "$OUT" G*');
    assert.deepEqual(Object.values(await using(zip, contentsOf)), [FILES['Größe.dat']]);
  });

  const options: readonly AesOptions[] = ([1, 2] as const).flatMap((version) =>
    ([16, 24, 32] as const).flatMap((keyBytes) =>
      ([0, 8, 93] as const).map((method) => ({ version, keyBytes, method })),
    ),
  );
  for (const option of options)
    it(`the letter of the format says: ${JSON.stringify(option)}`, async () => {
      const entries = Object.entries(FILES).map(([name, text]) => aesEntry(name, text, PASSWORD, option));
      assert.deepEqual(await using(rawZip(entries), contentsOf), FILES);
    });

  it('has its encryption described by local headers alone', async () => {
    const zip = rawZip([aesEntry('a.dat', LARGE, PASSWORD)]);
    const at = zip.lastIndexOf(Buffer.from([0x01, 0x99, 7, 0]));
    zip.writeUInt16LE(0x9902, at);
    assert.deepEqual(await using(zip, contentsOf), { 'a.dat': LARGE });
  });
});

describe('an encrypted entry is refused', () => {
  for (const version of [1, 2] as const)
    for (const method of [0, 8, 93] as const) {
      const zip = rawZip([aesEntry('a.dat', LARGE, PASSWORD, { version, method })]);
      const [start, end] = [30 + 'a.dat'.length + 11, zip.lastIndexOf('PK\x01\x02')];
      const name = `AE-${version}, method ${method}`;

      it(`with another password (${name})`, async () => {
        assert.equal(await codeOf(zip, 'another'), 'ZipPassword');
        assert.equal(await codeOf(zip, ''), 'ZipPassword');
      });

      it(`where a byte was changed (${name})`, async () => {
        const places = [start + 18, start + 5000, end - 11, end - 10, end - 1];
        for (const at of places) {
          const code = await codeOf(flipped(zip, at));
          // What was unpacked before the end may show it first.
          const expected =
            method === 0 ? /^EntryCodeMismatch$/ : /^Entry(CodeMismatch|Corrupt|Truncated|LargerThanDeclared)$/;
          assert.match(code, expected, `byte ${at}`);
        }
        for (const at of [start, start + 17]) assert.equal(await codeOf(flipped(zip, at)), 'ZipPassword');
      });

      it(`where its code is that of another content, though its size and CRC-32 are right (${name})`, async () => {
        const other = rawZip([aesEntry('a.dat', LARGE, PASSWORD, { version, method })]);
        const mixed = Buffer.concat([zip.subarray(0, end - 10), other.subarray(end - 10, end), zip.subarray(end)]);
        assert.equal(await codeOf(mixed), 'EntryCodeMismatch');
      });
    }

  it('where it is empty, and its code is wrong or its password another one', async () => {
    for (const version of [1, 2] as const) {
      const zip = rawZip([aesEntry('a.dat', '', PASSWORD, { version, method: 0 })]);
      const end = zip.lastIndexOf('PK\x01\x02');
      assert.equal(await codeOf(flipped(zip, end - 1)), 'EntryCodeMismatch');
      assert.equal(await codeOf(zip, 'another'), 'ZipPassword');
    }
  });

  it('by its CRC-32 where AE-1 has another one', async () => {
    const zip = rawZip([{ ...aesEntry('a.dat', LARGE, PASSWORD, { version: 1 }), declaredCrc32: 1 }]);
    assert.equal(await codeOf(zip), 'EntryCrcMismatch');
  });

  it('where it has fewer bytes than its encryption needs', async () => {
    const zip = rawZip([{ ...aesEntry('a.dat', '', PASSWORD, { method: 0 }), packed: Buffer.alloc(27) }]);
    assert.equal(await codeOf(zip), 'EntryCorrupt');
  });

  it('where it is packed in a way that nobody reads', async () => {
    const entry = aesEntry('a.dat', 'x', PASSWORD);
    const extra = Buffer.from(entry.extra ?? '');
    extra.writeUInt16LE(14, 9);
    assert.equal(await codeOf(rawZip([{ ...entry, extra }])), 'EntryMethodUnknown');
  });

  it('where nothing describes its encryption, or as one of the future', async () => {
    const entry = aesEntry('a.dat', 'x', PASSWORD);
    for (const [at, value] of [
      [0, 2],
      [4, 3],
      [6, 0x42],
      [8, 4],
    ] as const) {
      const extra = Buffer.from(entry.extra ?? '');
      extra[at] = value;
      assert.equal(await codeOf(rawZip([{ ...entry, extra }])), 'EntryEncrypted');
    }
  });

  it('without a password, and in the old encryption of PKWARE with one', async () => {
    const zip = rawZip([aesEntry('a.dat', 'x', PASSWORD)]);
    const file = join(folder, 'without.zip');
    writeFileSync(file, zip);
    const archive = await openArchive(file, limits);
    await assert.rejects(contentsOf(archive), {
      message: /encrypted by AES.*set spec\.source\.decryption\.zip, or give --zip-password-file/,
    });
    await archive.close();
    const old = await zipBy('7zz a -tzip -mem=ZipCrypto -p"$SECRET" "$OUT" large.dat');
    await assert.rejects(using(old, contentsOf), {
      code: 'EntryEncrypted',
      message: /old way of PKWARE.*weak.*-mem=AES256/,
    });
  });
});

describe('what an encrypted entry is known by', () => {
  const salt = Buffer.alloc(16, 7);

  it('is its CRC-32 in AE-1, as of a plain one', async () => {
    const plain = crc32(LARGE).toString(16).padStart(8, '0');
    assert.deepEqual(await identities(rawZip([aesEntry('a', LARGE, PASSWORD, { version: 1 })])), [plain]);
  });

  it('is its authentication code in AE-2, which differs between contents of the same size', async () => {
    const contents = ['1|a\n', '1|b\n', '2|a\n'];
    const zip = rawZip(contents.map((text, index) => aesEntry(`${index}.dat`, text, PASSWORD, { salt })));
    const found = await identities(zip);
    for (const identity of found) assert.match(identity, /^[0-9a-f]{20}$/);
    assert.equal(new Set(found).size, 3);
    const end = zip.indexOf('PK\x03\x04', 4);
    assert.equal(found[0], zip.subarray(end - 10, end).toString('hex'));
  });

  it('makes archives differ whose directories are alike', async () => {
    const zipOf = (text: string) => rawZip([aesEntry('a.dat', text, PASSWORD, { salt, method: 0 })]);
    const directory = (zip: Buffer) => zip.subarray(zip.lastIndexOf('PK\x01\x02'));
    assert.deepEqual(directory(zipOf('1|a\n')), directory(zipOf('1|b\n')));
    assert.notEqual(await fingerprintOf(zipOf('1|a\n')), await fingerprintOf(zipOf('1|b\n')));
    assert.equal(await fingerprintOf(zipOf('1|a\n')), await fingerprintOf(zipOf('1|a\n')));
  });

  it('is of chunks what all of them are known by', async () => {
    const of = async (...texts: string[]) => {
      const zip = rawZip(texts.map((text, index) => aesEntry(`t.${index}.dat`, text, PASSWORD, { salt })));
      return await using(zip, (archive) =>
        archive.identify({ name: 't', bytes: 0, compressedBytes: 0, chunks: archive.entries }),
      );
    };
    assert.match(await of('1\n', '2\n'), /^[0-9a-f]{8}$/);
    assert.notEqual(await of('1\n', '2\n'), await of('1\n', '3\n'));
    assert.notEqual(await of('1\n', '2\n'), await of('2\n', '1\n'));
  });
});
