import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import type { BinaryNotation } from '../../../job-runner/plan/binary-notation.ts';
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { fuzz } from '../../fuzz.ts';
import { convertAll, planOf, REFERENCE } from './plans.ts';

const FORMAT: CopyFormat = {
  ...REFERENCE,
  ...{ quote: '', escape: '\\', nullMarker: '\\N', backslash: 'Escapes', encoding: 'UTF8' },
};
/** Of COPY's binary format before the first row: signature, flags, extension; of a row its number of fields. */
const [HEADER_BYTES, COUNT_BYTES] = [19, 2];

/** The one value of each record, read back from both formats of COPY, which must agree; undefined where the file is refused. */
function read(notation: BinaryNotation, type: string, file: Buffer, lengths: readonly number[]): Buffer[] | undefined {
  const plan = planOf({ value: { type, binary: notation } }, FORMAT);
  try {
    const fromText = convertAll(plan, 'text', file, lengths).bytes.toString('latin1').split('\n').slice(0, -1);
    const values: Buffer[] = [];
    const { bytes } = convertAll(plan, 'binary', file, lengths);
    for (let at = HEADER_BYTES + COUNT_BYTES; at < bytes.length;) {
      const length = bytes.readInt32BE(at);
      values.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length + COUNT_BYTES;
    }
    const spelled = values.map((value) => (value.length === 0 ? '' : `\\\\x${value.toString('hex')}`));
    if (type === 'bytea')
      assert.deepEqual(
        fromText.map((text) => text.toLowerCase()),
        spelled,
      );
    return values;
  } catch (error) {
    assert.ok(error instanceof RecordProblem, String(error));
    return undefined;
  }
}

const escaped = (value: Buffer) =>
  value.toString('latin1').replace(/[\0\\|\n\r]/g, (character) => (character === '\0' ? '\\0' : `\\${character}`));
const WRITERS = {
  Hex: (value: Buffer) => value.toString('hex'),
  Base64: (value: Buffer) => value.toString('base64'),
  Raw: escaped,
} as const;

const value = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const lengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 });

describe('bytes', () => {
  for (const [notation, write] of Object.entries(WRITERS))
    it(`come back as they were, however the file is cut into chunks: ${notation}`, () => {
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), lengths, (values, chunks) => {
          const file = Buffer.from(values.map((each) => `${write(each)}\n`).join(''), 'latin1');
          assert.deepEqual(read(notation as BinaryNotation, 'bytea', file, chunks), values);
        }),
        fuzz(11, 300),
      );
    });

  it('are taken only from what is hexadecimal digits or base64 to the last character', () => {
    const text = (letters: string) => fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 9 });
    fc.assert(
      fc.property(text('0aFgx='), (written) => {
        const digits = written.replace(/^0x/i, '');
        const isHex = digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits);
        const expected = isHex ? [Buffer.from(digits, 'hex')] : undefined;
        assert.deepEqual(read('Hex', 'bytea', Buffer.from(`${written}\n`), [99]), expected, written);
      }),
      fuzz(12, 500),
    );
    fc.assert(
      fc.property(text('Az9+/=-_ '), (written) => {
        const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(written);
        const expected = isBase64 ? [Buffer.from(written, 'base64')] : undefined;
        assert.deepEqual(read('Base64', 'bytea', Buffer.from(`${written}\n`), [99]), expected, written);
      }),
      fuzz(13, 500),
    );
  });
});

describe('bits', () => {
  it('come back as the number that they are, raw and as decimals, for every width', () => {
    const number = fc
      .integer({ min: 1, max: 64 })
      .chain((width) => fc.tuple(fc.constant(width), fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n })));
    fc.assert(
      fc.property(number, ([width, bits]) => {
        const digits = bits.toString(2).padStart(width, '0');
        const raw = Buffer.from(bits.toString(16).padStart(2 * Math.ceil(width / 8), '0'), 'hex');
        const expected = Buffer.alloc(4 + Math.ceil(width / 8));
        expected.writeUInt32BE(width);
        Buffer.from(
          digits
            .padEnd(8 * Math.ceil(width / 8), '0')
            .match(/.{8}/g)
            ?.map((byte) => parseInt(byte, 2)) ?? [],
        ).copy(expected, 4);
        for (const [notation, written] of [
          ['Bits', bits.toString()],
          ['Bits', digits],
          ['RawBits', escaped(raw)],
        ] as const) {
          const found = read(notation, `bit(${width})`, Buffer.from(`${written}\n`, 'latin1'), [99]);
          assert.deepEqual(found, [expected], `${notation} ${width}: ${bits}`);
        }
      }),
      fuzz(14, 500),
    );
  });
});
