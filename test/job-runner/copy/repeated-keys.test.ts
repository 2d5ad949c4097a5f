import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SplitRows } from '../../../job-runner/copy/batch-rows.ts';
import { RepeatedKeys } from '../../../job-runner/copy/repeated-keys.ts';

type Row = readonly (bigint | null)[];

/** Rows of COPY's binary format, whose fields are all bigint. */
function split(rows: readonly Row[]): SplitRows {
  const field = (value: bigint | null) => {
    const bytes = Buffer.alloc(value === null ? 4 : 12);
    bytes.writeInt32BE(value === null ? -1 : 8);
    if (value !== null) bytes.writeBigInt64BE(value, 4);
    return bytes;
  };
  const tuples = rows.map((row) => Buffer.concat([Buffer.from([0, row.length]), ...row.map(field)]));
  return new SplitRows(Buffer.concat(tuples), 'binary');
}

function repeated(fields: readonly number[], ...batches: readonly (readonly Row[])[]): (readonly number[])[] {
  const keys = new RepeatedKeys(fields);
  return batches.map((batch) => keys.in(split(batch)));
}

const column = (...values: readonly (number | bigint | null)[]): readonly Row[] =>
  values.map((value) => [value === null ? null : BigInt(value)]);

describe('RepeatedKeys', () => {
  it('finds none while each number is above all before it', () => {
    assert.deepEqual(repeated([0], column(1, 2, 9), column(10, 11)), [[], []]);
  });

  it('finds a number that is not above those of the batches before', () => {
    assert.deepEqual(repeated([0], column(1, 2, 9), column(10, 4, 11, 9)), [[], [1, 3]]);
  });

  it('finds all rows of a batch with the same number, the first included', () => {
    assert.deepEqual(repeated([0], column(5, 6, 7, 6, 8)), [[1, 3]]);
  });

  it('finds no NULL', () => {
    assert.deepEqual(repeated([0], column(null, 5, null, 6), column(null, 5)), [[], [1]]);
  });

  it('takes numbers for the same that are to JavaScript', () => {
    assert.deepEqual(repeated([0], column(2n ** 53n, 2n ** 53n + 1n)), [[0, 1]]);
  });

  it('finds a row for any of several keys', () => {
    const rows: readonly Row[] = [
      [1n, 5n],
      [2n, 4n],
      [1n, 6n],
      [3n, 7n],
    ];
    assert.deepEqual(repeated([0, 1, 0], rows), [[0, 1, 2]]);
  });

  it('misses no row whose number another one has, in whatever order they are', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.bigInt({ min: -4n, max: 12n }),
      fc.bigInt({ min: 2n ** 62n, max: 2n ** 62n + 3n }),
    );
    const batches = fc.array(fc.array(value, { maxLength: 12 }), { maxLength: 4 });
    fc.assert(
      fc.property(batches, (file) => {
        const found = repeated([0], ...file.map((values) => column(...values)));
        const before: (bigint | null)[] = [];
        for (const [index, values] of file.entries()) {
          for (const [row, number] of values.entries()) {
            if (number === null) continue;
            const isTwice = before.includes(number) || values.indexOf(number) !== values.lastIndexOf(number);
            if (isTwice) assert(found[index]?.includes(row), `row ${row} of batch ${index}`);
          }
          before.push(...values);
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe('SplitRows.numbered', () => {
  it('has the fields and rows that are asked for, each with its number', () => {
    const binary = split([
      [1n, null, 3n],
      [4n, 5n, 6n],
      [7n, 8n, null],
    ]).numbered([1, 2], [0, 2]);
    const fields = (...values: readonly string[]) => Buffer.from(values.join(''), 'hex');
    assert.deepEqual(
      binary,
      fields(
        ...['0003', 'ffffffff', '00000008', '0000000000000003', '00000004', '00000000'],
        ...['0003', '00000008', '0000000000000008', 'ffffffff', '00000004', '00000002'],
      ),
    );
    const text = new SplitRows(Buffer.from('a\tb\tc\nd\t\\N\tf\ng\th\ti\n'), 'text');
    assert.equal(text.numbered([0, 2]).toString(), 'a\tc\t0\nd\tf\t1\ng\ti\t2\n');
    assert.equal(text.numbered([1], [1]).toString(), '\\N\t1\n');
    assert.equal(text.numbered([], [2]).toString(), '2\n');
  });
});
