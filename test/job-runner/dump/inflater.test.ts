import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import fc from 'fast-check';
import { Inflater } from '../../../job-runner/dump/inflater.ts';
import { CHUNK_BYTES, UnpackFailure } from '../../../job-runner/dump/unpacker.ts';
import { fuzz } from '../../fuzz.ts';

/** Unpacks packed bytes that arrive in pieces of these lengths, repeatedly. */
function inflate(packed: Buffer, pieces: readonly number[] = [CHUNK_BYTES]): Buffer {
  const inflater = Inflater.acquire();
  const chunks: Buffer[] = [];
  try {
    for (let at = 0, turn = 0, isLast = false; !isLast; turn++) {
      const piece = packed.subarray(at, at + (pieces[turn % pieces.length] ?? CHUNK_BYTES));
      const buffer = turn % 2 === 0 ? 0 : 1;
      piece.copy(inflater.buffers[buffer]);
      at += piece.length;
      isLast = at === packed.length;
      inflater.take(buffer, piece.length, isLast);
      for (let chunk = inflater.next(); chunk !== undefined; chunk = inflater.next()) chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  } finally {
    inflater.release();
  }
}

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;

/**
 * Ways to pack: stored blocks (level 0), codes of each block's own or the fixed ones, with and without distances, many
 * small blocks.
 */
const options: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
});

/** Repetitions at every distance, short and long, of few letters and of many. */
const content = fc
  .array(
    fc.oneof(
      fc.tuple(
        fc.string({ unit: fc.constantFrom('a', 'b', '`', '|', '0', '1', '2', '3', '4'), minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 300 }),
      ),
      fc.tuple(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(1)),
      fc.tuple(fc.constantFrom('NULL|', '`Jan  3 2019 12:30PM`|', 'x'), fc.integer({ min: 1, max: 3000 })),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.map(([text, times]) => text.repeat(times)).join('')));

const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });

/** Text as DAT files have it, of several chunks and hundreds of blocks. */
const LARGE = Buffer.from(
  Array.from(
    { length: 60_000 },
    (_, row) => `\`${row}\`|\`user${(row * 7919) % 100_003}\`|NULL|\`${((row * row) % 7919).toString(16)}\`\n`,
  ).join(''),
);

/** The sizes of the chunks of packed bytes that arrive at once. */
function chunkSizes(packed: Buffer): number[] {
  const inflater = Inflater.acquire();
  const sizes: number[] = [];
  packed.copy(inflater.buffers[0]);
  inflater.take(0, packed.length, true);
  for (let chunk = inflater.next(); chunk !== undefined; chunk = inflater.next()) sizes.push(chunk.length);
  inflater.release();
  return sizes;
}

/**
 * One block with the fixed codes: so many times a literal with a match of 3 bytes, then so many literals, then a match
 * of 258 bytes.
 */
function packFixed(shortMatches: number, literals: number): Buffer {
  const [literal, match3, match258, distance1, endOfBlock] = ['10010001', '0000001', '11000101', '00000', '0000000'];
  const symbols = [literal, match3, distance1].join('').repeat(shortMatches) + literal.repeat(literals);
  const bits = `110${symbols}${match258}${distance1}${endOfBlock}`;
  const packed = Buffer.alloc(Math.ceil(bits.length / 8));
  for (let index = 0; index < bits.length; index++) {
    if (bits[index] === '1') packed.writeUInt8((packed[index >> 3] ?? 0) | (1 << (index & 7)), index >> 3);
  }
  return packed;
}

describe('Inflater', () => {
  it('unpacks what zlib has packed, with any options and in any pieces', () => {
    fc.assert(
      fc.property(content, options, pieces, (bytes, how, lengths) => {
        assert(inflate(deflateRawSync(bytes, how), lengths).equals(bytes));
      }),
      fuzz(11, 600),
    );
  });

  for (const level of [0, 1, 6, 9]) {
    it(`unpacks many chunks of level ${level}, wherever the packed bytes are cut`, () => {
      const packed = deflateRawSync(LARGE, { level });
      for (const lengths of [[CHUNK_BYTES], [1], [7, 1024, 3], [600], [65_536, 1]])
        assert(inflate(packed, lengths).equals(LARGE));
    });
  }

  it('copies from up to 32 KiB back, and not from before the beginning', () => {
    const block = Buffer.from(Array.from({ length: 32_768 }, (_, index) => (index * 2654435761) >>> 24));
    const bytes = Buffer.concat(Array.from({ length: 20 }, () => block));
    assert(inflate(deflateRawSync(bytes, { windowBits: 15, level: 9 })).equals(bytes));
    // Fixed codes: length 3, distance 1, with nothing before it.
    assert.throws(() => inflate(Buffer.from([0x03, 0x02, 0x00])), { endsEarly: false });
  });

  it('unpacks one entry after the other with the same memory', () => {
    for (const text of ['a', 'b'.repeat(100_000), '']) assert.equal(inflate(deflateRawSync(text)).toString(), text);
  });

  it('returns chunks of nearly CHUNK_BYTES and no more', () => {
    const sizes = chunkSizes(deflateRawSync(Buffer.alloc(1_000_000, 'abc')));
    assert(
      sizes.every((bytes) => bytes <= CHUNK_BYTES) && sizes.slice(0, -1).every((bytes) => bytes > CHUNK_BYTES - 300),
      sizes.join(),
    );
  });

  it('returns no larger chunk, whatever symbols it ends with', () => {
    for (let literals = CHUNK_BYTES - 264; literals < CHUNK_BYTES - 258; literals++) {
      for (const shortMatches of [0, 1, 2]) {
        const sizes = chunkSizes(packFixed(shortMatches, literals));
        assert.equal(Math.max(...sizes) <= CHUNK_BYTES, true, `${shortMatches} and ${literals}: ${sizes.join()}`);
        assert.equal(
          sizes.reduce((sum, bytes) => sum + bytes),
          4 * shortMatches + literals + 258,
        );
      }
    }
  });

  it('reports that packed bytes end too early, wherever they end', () => {
    const packed = deflateRawSync(LARGE.subarray(0, 3000));
    for (let length = 0; length < packed.length; length++) {
      assert.throws(() => inflate(packed.subarray(0, length)), UnpackFailure);
      // Bytes are missing, but for those that make up no whole symbol.
      if (length < packed.length - 2)
        assert.throws(() => inflate(packed.subarray(0, length), [100]), { endsEarly: true }, String(length));
    }
  });

  it('fails or returns what zlib returns, whatever the packed bytes are', () => {
    const small = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const damaged = fc
      .tuple(
        content,
        options,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
      )
      .map(([bytes, how, changes]) => {
        const packed = deflateRawSync(bytes, how);
        for (const [at, value] of changes) packed[at % packed.length] = value;
        return packed;
      });
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(small, damaged), pieces, (packed, lengths) => {
        const expected = orUndefined(() => inflateRawSync(packed));
        const given = orUndefined(() => inflate(packed, lengths));
        // A set of codes that leaves some free is refused by zlib at once, and here where one of those comes.
        if (expected === undefined) return;
        accepted++;
        assert(given?.equals(expected));
      }),
      fuzz(12, 3000),
    );
    assert(accepted > 100, `only ${accepted} were taken`);
  });
});

function orUndefined(make: () => Buffer): Buffer | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnpackFailure || (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true)
      return undefined;
    throw error;
  }
}
