import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { UNPACKER_VARIABLE } from '../../../crds/contract/task.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { Inflater } from '../../../job-runner/dump/inflater.ts';
import { UnpackFailure, type Unpacker } from '../../../job-runner/dump/unpacker.ts';
import { ZlibUnpacker } from '../../../job-runner/dump/zlib-unpacker.ts';
import { DAMAGED_DATS, rawZip } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';
import { unpack } from './unpack.ts';
import { fuzz } from '../../fuzz.ts';

/** The unpacked bytes, or why there are none. */
async function outcomeOf(
  unpacker: Unpacker,
  packed: Buffer,
  lengths: readonly number[],
): Promise<Buffer | UnpackFailure> {
  try {
    return await unpack(unpacker, packed, lengths);
  } catch (error) {
    if (error instanceof UnpackFailure) return error;
    throw error;
  }
}

async function unpackByBoth(packed: Buffer, lengths: readonly number[]) {
  return {
    zlib: await outcomeOf(new ZlibUnpacker(), packed, lengths),
    inflater: await outcomeOf(Inflater.acquire(), packed, lengths),
  };
}

/** Text of few words and any bytes: some of it packs well, some not at all. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom('NULL|', '`Jan  3 2019 12:30PM`|', 'x', '\n'), fc.integer({ min: 1, max: 20_000 }))
        .map(([text, times]) => Buffer.from(text.repeat(times))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));
const pieces = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });
const level = fc.integer({ min: 0, max: 9 });

describe('ZlibUnpacker', () => {
  it('returns the same bytes as the Inflater, at every level and in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(content, level, pieces, async (bytes, level, lengths) => {
        const { zlib, inflater } = await unpackByBoth(deflateRawSync(bytes, { level }), lengths);
        assert(zlib instanceof Buffer && zlib.equals(bytes));
        assert(inflater instanceof Buffer && inflater.equals(bytes));
      }),
      fuzz(13, 200),
    );
  });

  it('reports the same as the Inflater if packed bytes end too early or are damaged', async () => {
    const packed = deflateRawSync(Buffer.alloc(5000, 'NULL|`abc`\n'), { level: 1 });
    for (const length of [0, 1, 10, packed.length - 4]) {
      const { zlib, inflater } = await unpackByBoth(packed.subarray(0, length), [7]);
      assert(zlib instanceof UnpackFailure && zlib.endsEarly, String(length));
      assert(inflater instanceof UnpackFailure && inflater.endsEarly, String(length));
    }
    const { zlib, inflater } = await unpackByBoth(Buffer.alloc(600, 0x07), [100]);
    assert(zlib instanceof UnpackFailure && !zlib.endsEarly);
    assert(inflater instanceof UnpackFailure && !inflater.endsEarly);
  });

  it('ignores what follows the packed bytes, like the Inflater', async () => {
    const packed = Buffer.concat([deflateRawSync(Buffer.from('abc')), Buffer.alloc(3000, 'behind')]);
    for (const lengths of [[1], [100], [3000]]) {
      const { zlib, inflater } = await unpackByBoth(packed, lengths);
      assert.deepEqual(zlib, Buffer.from('abc'));
      assert.deepEqual(inflater, Buffer.from('abc'));
    }
  });
});

describe(UNPACKER_VARIABLE, () => {
  const { limits } = catalogueTask('/');
  const file = join(temporaryFolder(), 'crm_v1.zip');

  async function read(zip: Buffer, unpacker: string): Promise<Buffer> {
    writeFileSync(file, zip);
    process.env[UNPACKER_VARIABLE] = unpacker;
    const archive = await openArchive(file, limits);
    try {
      const entry = archive.entries.find(({ name }) => name === 'users.dat');
      assert(entry !== undefined);
      const chunks = [];
      for await (const chunk of await archive.openRaw(entry)) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    } finally {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- undefined would become a text
      delete process.env[UNPACKER_VARIABLE];
      await archive.close();
    }
  }

  it('selects zlib for the entries of a ZIP', async () => {
    const lines = Buffer.alloc(3_000_000, '`1`|`a line of users`\n');
    for (const method of [8, 0]) {
      const zip = rawZip([{ name: 'users.dat', content: lines, method }]);
      for (const unpacker of ['zlib', '']) assert((await read(zip, unpacker)).equals(lines));
    }
  });

  for (const { title, reason, message, build } of DAMAGED_DATS) {
    it(`does not change what is reported where ${title}`, async () => {
      const zip = await build();
      await assert.rejects(read(zip, 'zlib'), { code: reason, message });
    });
  }

  it('is refused with any other value', async () => {
    const zip = rawZip([{ name: 'users.dat', content: 'abc' }]);
    await assert.rejects(read(zip, 'gzip'), {
      code: 'InvalidOption',
      message: 'MOTHERLOAD_UNPACKER must be zlib or unset, not gzip',
    });
  });
});
