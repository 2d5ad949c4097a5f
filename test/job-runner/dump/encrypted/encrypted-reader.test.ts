import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MotherloadError } from '../../../../crds/contract/errors.ts';
import { readArchive, type Archive } from '../../../../job-runner/dump/archive.ts';
import { openSource } from '../../../../job-runner/dump/open-source.ts';
import { Gpg } from '../../../gpg.ts';
import { catalogueTask, temporaryFolder } from '../../catalogue/tasks.ts';
import { readWhole } from '../archives.ts';
import { writeZip, type WrittenEntry } from './zip-writer.ts';

const gpg = await Gpg.create();
const key = gpg.createKey('reader');
const folder = temporaryFolder();
const { limits } = catalogueTask('/');

async function withEncrypted<Result>(
  zip: Buffer,
  use: (archive: Archive) => Promise<Result>,
  options: readonly string[] = [],
): Promise<Result> {
  const file = `${crypto.randomUUID()}.zip.gpg`;
  writeFileSync(join(folder, file), gpg.encrypt(zip, key, options));
  const source = await openSource({
    dumpsFolder: folder,
    decryption: { gpg: { keyFile: key.file, homeFolder: gpg.folder } },
  });
  const archive = await readArchive(await source.open(file), limits, file);
  try {
    return await use(archive);
  } finally {
    await archive.close();
  }
}

const random = (bytes: number) => randomFillSync(Buffer.alloc(bytes));
const LARGE = random(700_000);
const TEXT = Buffer.from('a line of a text\n'.repeat(50_000));
/** A ZIP as an entry: whoever ends an entry by what looks like an end finds that of an inner one. */
const INNER = writeZip([
  { name: 'x', content: random(40_000), method: 'Stored', descriptor: 'Signed' },
  { name: 'y', content: TEXT, method: 'Stored', descriptor: 'Signed' },
]);

const CONTENTS: readonly Pick<WrittenEntry, 'name' | 'content'>[] = [
  { name: 'a.dat', content: LARGE },
  { name: 'a.json', content: Buffer.from('[]') },
  { name: 'inner.zip', content: INNER },
  { name: 'b.dat', content: TEXT },
  { name: 'empty', content: Buffer.alloc(0) },
  { name: 'c.json', content: random(20_000) },
];

const LAYOUTS: Readonly<Record<string, Omit<WrittenEntry, 'name' | 'content'>>> = {
  'packed entries': { method: 'Deflate' },
  'packed entries with descriptors': { method: 'Deflate', descriptor: 'Signed' },
  'packed entries with descriptors without a signature': { method: 'Deflate', descriptor: 'Unsigned' },
  'packed entries with descriptors of ZIP64': { method: 'Deflate', descriptor: 'Signed', isZip64: true },
  'stored entries': { method: 'Stored' },
  'stored entries of ZIP64': { method: 'Stored', isZip64: true },
  'stored entries with descriptors': { method: 'Stored', descriptor: 'Signed' },
  'stored entries with descriptors without a signature': { method: 'Stored', descriptor: 'Unsigned' },
};

describe('an encrypted ZIP', () => {
  for (const [layout, options] of Object.entries(LAYOUTS)) {
    it(`is read whole, in any order: ${layout}`, async () => {
      await withEncrypted(writeZip(CONTENTS.map((entry) => ({ ...entry, ...options }))), async (archive) => {
        for (const entries of [archive.entries, archive.entries.toReversed()]) {
          for (const entry of entries) {
            const { content } = CONTENTS.find(({ name }) => name === entry.name) ?? assert.fail(entry.name);
            assert.deepEqual(await readWhole(archive, entry), content, entry.name);
          }
          await archive.prove();
        }
      });
    });
  }

  it('is read behind the bytes that precede it', async () => {
    const zip = writeZip(
      CONTENTS.map((entry) => ({ ...entry, method: 'Deflate' })),
      random(100_000),
    );
    await withEncrypted(zip, async (archive) => {
      const entry = archive.entries.find(({ name }) => name === 'b.dat') ?? assert.fail();
      assert.deepEqual(await readWhole(archive, entry), TEXT);
    });
  });

  it('is read from NULs behind it, with which bsdtar pads', async () => {
    const zip = Buffer.concat([
      writeZip(CONTENTS.map((entry) => ({ ...entry, method: 'Deflate' }))),
      Buffer.alloc(200_000),
    ]);
    await withEncrypted(zip, async (archive) => {
      const entry = archive.entries.find(({ name }) => name === 'a.dat') ?? assert.fail();
      assert.deepEqual(await readWhole(archive, entry), LARGE);
    });
  });

  it('has the fingerprint of the plain one, and so many entries as that', async () => {
    const entries = Array.from({ length: 3000 }, (_, index): WrittenEntry => ({
      name: `t${index}.json`,
      content: Buffer.from(`${index}`),
      method: 'Stored',
    }));
    const zip = writeZip(entries);
    writeFileSync(join(folder, 'plain.zip'), zip);
    const source = await openSource({ dumpsFolder: folder });
    const plain = await readArchive(await source.open('plain.zip'), limits, 'plain.zip');
    await withEncrypted(zip, async (archive) => {
      assert.equal(await archive.fingerprint(), await plain.fingerprint());
      assert.deepEqual(archive.entries, plain.entries);
      const last = archive.entries.at(-1) ?? assert.fail();
      assert.equal((await readWhole(archive, last)).toString(), '2999');
    });
    await plain.close();
  });

  it('is refused by the CRC-32 of an entry that its directory contradicts', async () => {
    const zip = writeZip([{ name: 'a.dat', content: LARGE, method: 'Stored' }]);
    const at = zip.indexOf(LARGE.subarray(300_000, 300_100));
    zip[at] = (zip[at] ?? 0) ^ 1;
    await withEncrypted(zip, async (archive) => {
      const [entry = assert.fail()] = archive.entries;
      await assert.rejects(readWhole(archive, entry), { code: 'EntryCrcMismatch' });
    });
  });

  it('is refused as a plain one is where it is not a whole ZIP', async () => {
    const zip = writeZip(CONTENTS.map((entry) => ({ ...entry, method: 'Stored' })));
    const use = () => Promise.resolve();
    await assert.rejects(withEncrypted(zip.subarray(0, -30), use), { code: 'DumpTruncated' });
    await assert.rejects(withEncrypted(random(1000), use), { code: 'DumpNotZip' });
    await assert.rejects(withEncrypted(Buffer.alloc(0), use), { code: 'DumpEmpty' });
    await assert.rejects(withEncrypted(Buffer.concat([zip, Buffer.alloc(20 * 1024 * 1024)]), use), { kind: 'Data' });
  });

  it('is not proved where the message was cut off after it was opened', async () => {
    const file = `${crypto.randomUUID()}.zip.gpg`;
    const path = join(folder, file);
    const message = gpg.encrypt(writeZip([{ name: 'a.dat', content: random(5_000_000), method: 'Stored' }]), key);
    writeFileSync(path, message);
    const source = await openSource({
      dumpsFolder: folder,
      decryption: { gpg: { keyFile: key.file, homeFolder: gpg.folder } },
    });
    const archive = await readArchive(await source.open(file), limits, file);
    writeFileSync(path, message.subarray(0, -100));
    const [entry = assert.fail()] = archive.entries;
    await readWhole(archive, entry).catch(() => undefined);
    await assert.rejects(
      archive.prove(),
      (error: unknown) => error instanceof MotherloadError && /^Message/.test(error.code),
    );
    await archive.close();
  });
});
