import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RowText, type DriverValue } from '../../../../job-runner/dump/mssql-server/row-text.ts';
import { RowTooLong } from '../../../../job-runner/dump/source-errors.ts';
import { CHUNK_BYTES } from '../../../../job-runner/dump/unpacker.ts';

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n' };

function bytesOf(...rows: readonly (readonly DriverValue[])[]): Buffer {
  const text = new RowText([]);
  const chunks = rows.flatMap((row) => text.add(row).map((chunk) => Buffer.from(chunk)));
  assert.equal(text.rows, rows.length);
  return Buffer.concat([...chunks, ...text.end()]);
}

describe('RowText', () => {
  it('separates values by tabs and rows by line feeds, and escapes both, backslashes and NULL', () => {
    const written = bytesOf(['a\tb\nc\\', null, '\\N', ''], ['\r', 'NULL', '\0', '"']);
    assert.equal(written.toString(), 'a\\tb\\nc\\\\\t\\N\t\\\\N\t\n\r\tNULL\t\0\t"\n');
  });

  it('writes numbers by their shortest exact text, bits as digits, bytes as hexadecimal digits', () => {
    const written = bytesOf([-0, 0, 1e21, 5e-324, Math.fround(0.1), true, false, Buffer.from('\0\xff', 'latin1')]);
    assert.equal(written.toString(), '-0\t0\t1e+21\t5e-324\t0.10000000149011612\t1\t0\t00ff\n');
  });

  it('writes half a surrogate pair as bytes that are not UTF-8, and none other in its place', () => {
    assert.equal(bytesOf(['a\ud83d', 'é\udc18x', '🐘']).toString('hex'), '61eda0bd09c3a9edb098780' + '9f09f90980a');
    assert.equal(bytesOf(['\ufffd']).toString('hex'), 'efbfbd0a');
  });

  it('writes every text so that what escapes it gives it back', () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\\tnN\t\n\r]*$/), fc.constant(null)),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(texts, (row) => {
        const fields = bytesOf(row).toString().slice(0, -1).split('\t');
        const read = fields.map((field) =>
          field === '\\N' ? null : field.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter),
        );
        assert.deepEqual(read, row);
      }),
      { seed: 17 },
    );
  });

  it('hands on chunks that are not too long, whatever the rows are', () => {
    const text = new RowText([]);
    const [long, short] = ['x'.repeat(3 * CHUNK_BYTES), 'y'.repeat(CHUNK_BYTES - 10)];
    const chunks = [[short], [short], [long], ['z'], [short]].flatMap((row) => [...text.add(row)]);
    chunks.push(...text.end());
    assert(chunks.every(({ length }) => length > 0 && length <= CHUNK_BYTES));
    assert.equal(Buffer.concat(chunks).toString(), `${short}\n${short}\n${long}\nz\n${short}\n`);
  });

  it('refuses a row of more than 64 MiB, of text, of wide characters and of bytes', () => {
    const size = 64 * 1024 * 1024;
    for (const row of [['x'.repeat(size)], ['€'.repeat(size / 3 + 1)], [Buffer.alloc(size / 2 + 1)]])
      assert.throws(() => new RowText([]).add(row), RowTooLong);
    assert.equal(bytesOf(['x'.repeat(size - 1)]).length, size);
  });

  it('refuses a geometry in another notation than asked for', () => {
    assert.throws(() => new RowText([true]).add([Buffer.from('0000000000000000', 'hex')]), /another notation/);
  });
});
