import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, it } from 'node:test';
import { DataError } from '../../../crds/contract/errors.ts';
import { openArchive, readArchive, type Archive, type ArchiveEntry } from '../../../job-runner/dump/archive.ts';
import type { DumpReader } from '../../../job-runner/dump/dump-reader.ts';
import { DAMAGED_DATS, goodDump, rawZip, USERS_DAT, zipOf } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';

const { limits } = catalogueTask('/');
const folder = temporaryFolder();
let number = 0;

async function openBytes(bytes: Buffer): Promise<Archive> {
  const file = join(folder, `crm_v${++number}.zip`);
  writeFileSync(file, bytes);
  return await openArchive(file, limits, 'crm_v1.zip');
}

async function using<Result>(bytes: Buffer, use: (archive: Archive) => Promise<Result>): Promise<Result> {
  const archive = await openBytes(bytes);
  try {
    return await use(archive);
  } finally {
    await archive.close();
  }
}

const entryOf = (archive: Archive, name: string): ArchiveEntry => {
  const entry = archive.entries.find((candidate) => candidate.name === name);
  assert(entry !== undefined);
  return entry;
};
const contentOf = (name: string) => async (archive: Archive) => {
  const chunks = [];
  for await (const chunk of await archive.openRaw(entryOf(archive, name))) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

/** Text that packs about as well as a DAT file, and several chunks of it. */
const LARGE = Buffer.from(
  Array.from({ length: 300_000 }, (_, row) => `\`${row}\`|\`user${(row * 7919) % 100_003}\`|NULL\n`).join(''),
);

describe('an archive', () => {
  it('lists its entries with sizes and CRC', async () => {
    const entries = await using(
      await goodDump(),
      async (archive) =>
        await Promise.all(
          archive.entries.map(async (entry) => [entry.name, entry.bytes, await archive.identify(entry)]),
        ),
    );
    assert.deepEqual(entries, [
      ['users.json', 110, entries[0]?.[2]],
      ['users.dat', USERS_DAT.length, crc32(USERS_DAT).toString(16).padStart(8, '0')],
    ]);
    assert.match(String(entries[0]?.[2]), /^[0-9a-f]{8}$/);
  });

  for (const [kind, bytes] of [
    ['deflated', rawZip([{ name: 'large.dat', content: LARGE }])],
    ['stored', rawZip([{ name: 'large.dat', content: LARGE, method: 0 }])],
    ['ZIP64', rawZip([{ name: 'large.dat', content: LARGE }], { zip64: true })],
  ] as const) {
    it(`gives the bytes of a ${kind} entry`, async () =>
      assert((await using(bytes, contentOf('large.dat'))).equals(LARGE)));
  }

  it('gives an empty entry', async () => {
    const bytes = rawZip([
      { name: 'a.dat', content: '' },
      { name: 'b.dat', content: '', method: 0 },
    ]);
    assert.equal((await using(bytes, contentOf('a.dat'))).length, 0);
    assert.equal((await using(bytes, contentOf('b.dat'))).length, 0);
  });

  it('reads a ZIP of another tool, with a comment and bytes before it', async () => {
    assert.equal((await using(await zipOf({ 'grün.dat': 'grün' }), contentOf('grün.dat'))).toString(), 'grün');
  });

  it('gives large chunks, all in the same memory, and reports how far it has read', async () => {
    const packed = rawZip([{ name: 'large.dat', content: LARGE }]);
    const sizes: number[] = [];
    const memories = new Set<ArrayBufferLike>();
    const reported: number[] = [];
    await using(packed, async (archive) => {
      const entry = entryOf(archive, 'large.dat');
      for await (const chunk of await archive.openRaw(entry, (packed) =>
        reported.push((reported.at(-1) ?? 0) + packed.length),
      )) {
        sizes.push(chunk.length);
        memories.add(chunk.buffer);
      }
      assert.equal(memories.size, 1);
      assert.equal(reported.at(-1), entry.compressedBytes);
    });
    assert(reported.every((bytes, index) => index === 0 || bytes > (reported[index - 1] ?? 0)));
    assert(LARGE.length / sizes.length > 150_000, `chunks of ${LARGE.length / sizes.length} bytes`);
  });

  it('reads small entries with their headers: one read for several, and none that is not asked for', async () => {
    const bytes = await zipOf({ 'users.json': '[1]', 'users.dat': LARGE, 'rides.json': '[2]', 'rides.dat': '7' });
    const reads: number[] = [];
    const reader: DumpReader = {
      size: bytes.length,
      version: '',
      read: (target, position) => {
        reads.push(position);
        return Promise.resolve(bytes.copy(target, 0, position));
      },
      openSequence: () => assert.fail('the entries are small'),
      close: () => Promise.resolve(),
    };
    const archive = await readArchive(reader, limits, 'crm_v1.zip');
    const small = async (name: string) => String(await archive.readSmall(entryOf(archive, name), 100));
    const before = reads.length;
    assert.deepEqual(
      [await small('users.json'), await small('rides.json'), await small('rides.dat')],
      ['[1]', '[2]', '7'],
    );
    assert.equal(reads.length - before, 2);
    await archive.close();
  });

  it('reads entries at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `t${index}.dat`);
    const zip = rawZip(names.map((name) => ({ name, content: LARGE.subarray(0, 100_000) })));
    await using(zip, async (archive) => {
      const contents = await Promise.all(names.map(async (name) => await contentOf(name)(archive)));
      assert(contents.every((content) => content.equals(LARGE.subarray(0, 100_000))));
    });
  });

  it('refuses a small file that is large before it reads a byte', async () => {
    await using(await goodDump(), async (archive) => {
      const entry = entryOf(archive, 'users.dat');
      await assert.rejects(archive.readSmall(entry, 10), { code: 'EntryTooLarge' });
      assert.equal((await archive.readSmall(entry, 1000)).toString(), USERS_DAT);
    });
  });

  it('has let go of the file when it is closed in the middle of an entry', async () => {
    const archive = await openBytes(rawZip([{ name: 'large.dat', content: LARGE }]));
    for await (const chunk of await archive.openRaw(entryOf(archive, 'large.dat'))) {
      assert(chunk.length > 0);
      break;
    }
    await archive.close();
    assert.deepEqual(openFiles(`crm_v${number}.zip`), []);
  });

  it('closes a file that is not a ZIP', async () => {
    await assert.rejects(openBytes(Buffer.from('no ZIP')), { code: 'DumpNotZip' });
    assert.deepEqual(openFiles(`crm_v${number}.zip`), []);
  });

  it('says that a file is missing', async () => {
    await assert.rejects(openArchive(join(folder, 'nothing.zip'), limits), {
      code: 'DumpMissing',
      location: { file: 'nothing.zip' },
    });
  });
});

describe('an entry fails before its end where', () => {
  for (const { title, reason, message, build } of DAMAGED_DATS) {
    it(title, async () => {
      await using(await build(), async (archive) => {
        const entry = entryOf(archive, 'users.dat');
        let bytes = 0;
        let ended = false;
        await assert.rejects(
          async () => {
            for await (const chunk of await archive.openRaw(entry)) bytes += chunk.length;
            ended = true;
          },
          (error) => {
            assert(error instanceof DataError);
            assert.equal(error.code, reason);
            assert.match(error.message, message);
            assert.equal(error.location.file, 'crm_v1.zip:users.dat');
            return true;
          },
        );
        assert(!ended);
        assert(bytes <= entry.bytes, 'no byte beyond the declared size is handed on');
      });
    });
  }
});

/** The descriptors of this process that are open on a file of that name; empty where the system does not list them. */
function openFiles(name: string): string[] {
  try {
    return readdirSync('/proc/self/fd').filter((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`).endsWith(`/${name}`);
      } catch {
        return false;
      }
    });
  } catch {
    return [];
  }
}
