import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Deflate64Unpacker } from '../../../job-runner/dump/deflate64-unpacker.ts';
import { UnpackFailure } from '../../../job-runner/dump/unpacker.ts';
import { expandSteps, packDeflate64, type Step } from './deflate64-packer.ts';
import { unpack } from './unpack.ts';
import { fuzz } from '../../fuzz.ts';

const inflate = async (packed: Buffer, pieces?: readonly number[]) =>
  await unpack(new Deflate64Unpacker(), packed, pieces);
const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });

/** Steps whose distances lead to what is there; the first draws become literals. */
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      fc.nat({ max: 255 }),
      fc.record({
        length: fc.oneof(fc.integer({ min: 3, max: 300 }), fc.integer({ min: 3, max: 65_538 })),
        distance: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 65_536 })),
      }),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((drawn) => {
    let written = 0;
    return drawn.map((step) => {
      const fits = typeof step === 'number' || written > 0;
      const taken =
        typeof step === 'number' ? step : fits ? { ...step, distance: 1 + ((step.distance - 1) % written) } : 0x41;
      written += typeof taken === 'number' ? 1 : taken.length;
      return taken;
    });
  });

describe('a Deflate64Unpacker', () => {
  it('unpacks lengths and distances that deflate does not have, in whatever pieces', async () => {
    await fc.assert(
      fc.asyncProperty(steps, pieces, async (some, lengths) => {
        assert((await inflate(packDeflate64(some), lengths)).equals(expandSteps(some)));
      }),
      fuzz(31, 150),
    );
  });

  it('finds what lies 64 KiB back, and no further', async () => {
    const literals = Array.from({ length: 65_536 }, (_, index) => (index * 2654435761) >>> 24);
    const far: Step[] = [...literals, { length: 65_538, distance: 65_536 }, { length: 3, distance: 65_535 }];
    assert((await inflate(packDeflate64(far))).equals(expandSteps(far)));
    const tooFar: Step[] = [...literals.slice(0, 100), { length: 3, distance: 101 }];
    await assert.rejects(inflate(packDeflate64(tooFar)), { endsEarly: false });
  });

  it('repeats one byte through many chunks', async () => {
    const long: Step[] = [0x61, ...Array.from({ length: 40 }, () => ({ length: 65_538, distance: 1 }))];
    assert((await inflate(packDeflate64(long), [7])).equals(Buffer.alloc(1 + 40 * 65_538, 'a')));
  });

  // Without repetitions both are the same: stored blocks, and codes of each block's own.
  for (const [title, options] of [
    ['stored blocks', { level: 0 }],
    ['blocks with codes of their own', { strategy: constants.Z_HUFFMAN_ONLY }],
    ['many small blocks', { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 1 }],
  ] as const) {
    it(`unpacks ${title}, wherever the packed bytes are cut`, async () => {
      const content = Buffer.from(Array.from({ length: 4000 }, (_, row) => `${row}|${row * row}|NULL\n`).join(''));
      const packed = deflateRawSync(content, options);
      for (const lengths of [[524_288], [1], [7, 1024, 3], [65_536, 1]])
        assert((await inflate(packed, lengths)).equals(content));
    });
  }

  it('says that packed bytes end too early, wherever they end', async () => {
    const packed = packDeflate64([0x61, { length: 300, distance: 1 }, 0x62, { length: 4, distance: 300 }]);
    for (let length = 0; length < packed.length; length++)
      await assert.rejects(inflate(packed.subarray(0, length)), { endsEarly: true });
  });

  it('gives bytes or a failure, whatever the packed bytes are', async () => {
    const dynamic = deflateRawSync(Buffer.from('id|name\n'.repeat(100)), { strategy: constants.Z_HUFFMAN_ONLY });
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, value]) => {
        const bytes = Buffer.from(dynamic);
        bytes[at % bytes.length] = value;
        return bytes;
      }),
    );
    await fc.assert(
      fc.asyncProperty(damaged, pieces, async (packed, lengths) => {
        await inflate(packed, lengths).catch((error: unknown) => assert(error instanceof UnpackFailure));
      }),
      fuzz(32, 1000),
    );
  });
});
