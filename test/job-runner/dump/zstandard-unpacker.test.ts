import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { UnpackFailure } from '../../../job-runner/dump/unpacker.ts';
import { ZstandardUnpacker } from '../../../job-runner/dump/zstandard-unpacker.ts';
import { unpack } from './unpack.ts';
import { fuzz } from '../../fuzz.ts';

const decompress = async (packed: Buffer, pieces?: readonly number[]) =>
  await unpack(new ZstandardUnpacker(), packed, pieces);

/** Bytes that a decoder has to ignore. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2 */
const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const LARGE = Buffer.from(Array.from({ length: 100_000 }, (_, row) => `${row}|${(row * 7919) % 1009}|NULL\n`).join(''));

describe('a ZstandardUnpacker', () => {
  it('unpacks many chunks, wherever the packed bytes are cut', async () => {
    const packed = zstdCompressSync(LARGE);
    for (const lengths of [[524_288], [100], [7, 1024, 3], [65_536, 1]])
      assert((await decompress(packed, lengths)).equals(LARGE));
  });

  it('unpacks each frame, not the first alone', async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 6 });
    const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(contents, pieces, fc.boolean(), async (parts, lengths, isSkippableBetween) => {
        const frames = parts.map((part) => zstdCompressSync(part));
        const packed = Buffer.concat(isSkippableBetween ? frames.flatMap((frame) => [SKIPPABLE, frame]) : frames);
        assert((await decompress(packed, lengths)).equals(Buffer.concat(parts)));
      }),
      fuzz(41, 150),
    );
  });

  it('refuses a frame that needs too much memory, and says what to do', async () => {
    const options = { params: { [constants.ZSTD_c_windowLog]: 28 } };
    const compress = createZstdCompress(options);
    compress.end(LARGE);
    await assert.rejects(decompress(await buffer(compress)), {
      endsEarly: false,
      problem: /window of more than 128 MiB: pack it without --long/,
    });
  });

  it('gives no bytes for an empty entry', async () =>
    assert.equal((await decompress(zstdCompressSync(Buffer.alloc(0)))).length, 0));

  it('gives bytes or a failure, whatever the packed bytes are', async () => {
    const packed = zstdCompressSync(LARGE.subarray(0, 3000));
    await assert.rejects(decompress(Buffer.from('this is not Zstandard')), UnpackFailure);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 255 }), async (at, value) => {
        const damaged = Buffer.from(packed);
        damaged[at % damaged.length] = value;
        await decompress(damaged).catch((error: unknown) => assert(error instanceof UnpackFailure));
      }),
      fuzz(42, 300),
    );
  });
});
