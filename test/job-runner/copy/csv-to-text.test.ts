import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { DataError } from '../../../crds/contract/errors.ts';
import { canBeText, CsvToText } from '../../../job-runner/copy/csv-to-text.ts';
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { createTestDatabase } from '../../database.ts';
import { readCsv, readText } from './reference-readers.ts';
import { REFERENCE } from './spellings.ts';

const FORMATS: readonly CopyFormat[] = [
  REFERENCE,
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: 'n' },
  { ...REFERENCE, delimiter: '\t', quote: "'", escape: "'", nullMarker: '7' },
  { ...REFERENCE, quote: '', escape: '' },
  { ...REFERENCE, delimiter: '\t', quote: '', escape: '', nullMarker: '' },
];

/**
 * Bytes that matter to some format, in pieces so that whole fields come up, and plain ones long enough to fill blocks
 * of 16.
 */
const bytes = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          '|',
          '`',
          '\n',
          '``',
          '`|`',
          '\r\n',
          '\\',
          '"',
          "'",
          ',',
          '\t',
          '\r',
          'NULL',
          '`NULL`',
          '|n|',
          '7',
          '\\`',
          '\\"',
        ),
      },
      { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9N é]{0,40}$/) },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

interface Converted extends Pick<CsvToText, 'records' | 'lines' | 'insideQuotes'> {
  readonly text: Buffer;
}

/** Each time in the memory of the time before, as a runner does it for one table after the other. */
function convertAll(format: CopyFormat, input: Buffer, chunkLengths: readonly number[]): Converted {
  const converter = CsvToText.acquire(format, { chunkBytes: 4096, outputSlots: 2 });
  try {
    const parts: Buffer[] = [];
    for (let at = 0, index = 0; at < input.length; index++) {
      const length = chunkLengths[index % chunkLengths.length] ?? input.length;
      parts.push(Buffer.from(converter.convert(input.subarray(at, at + length), index % 2)));
      at += length;
    }
    converter.end();
    const { records, lines, insideQuotes } = converter;
    return { text: Buffer.concat(parts), records, lines, insideQuotes };
  } finally {
    converter.release();
  }
}

/**
 * The converted bytes, or undefined where the converter refuses a marker with an empty quoted part behind it, such as
 * NULL``.
 */
function convertOrRefuse(format: CopyFormat, input: Buffer, chunkLengths: readonly number[]) {
  try {
    return convertAll(format, input, chunkLengths);
  } catch (error) {
    assert(error instanceof DataError && error.code === 'QuotesAfterNullMarker');
    return undefined;
  }
}

describe('CsvToText', () => {
  for (const format of FORMATS) {
    it(`keeps the meaning of the CSV, whatever the bytes and the chunks (${JSON.stringify(format)})`, () => {
      fc.assert(
        fc.property(bytes, fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (input, chunkLengths) => {
          const expected = readCsv(format, input);
          fc.pre(!expected.endsInQuotes);
          const converted = convertOrRefuse(format, input, chunkLengths);
          if (converted === undefined) {
            assert(input.includes(format.quote + format.quote));
            return;
          }
          const { text, records, lines, insideQuotes } = converted;
          assert.deepEqual(readText(format, text), expected.records);
          assert.equal(records, expected.records.length - 1);
          assert.equal(insideQuotes, false);
          assert.equal(lines, input.filter((byte) => byte === 10).length);
        }),
        { seed: 7, numRuns: 3000 },
      );
    });
  }

  it('refuses the null marker followed by empty quotes, which would be NULL as text', () => {
    for (const input of ['a|NULL``\n', 'NULL``|b\n', 'NULL``', 'a|NULL``\r\n', 'a\nNULL``']) {
      for (let cut = 1; cut <= input.length; cut++) {
        assert.equal(convertOrRefuse(REFERENCE, Buffer.from(input), [cut]), undefined, `${input} ${cut}`);
      }
    }
  });

  it('converts fields that only resemble it', () => {
    for (const input of [
      'xNULL``|b\n',
      'NULLx``|b\n',
      '``NULL|b\n',
      '`NULL`|b\n',
      'NUL``L|b\n',
      'NULL`x`|\n',
      'abc``',
      '``',
    ]) {
      const converted = convertOrRefuse(REFERENCE, Buffer.from(input), [100]);
      assert.deepEqual(
        readText(REFERENCE, converted?.text ?? Buffer.alloc(0)),
        readCsv(REFERENCE, Buffer.from(input)).records,
        input,
      );
    }
  });

  it('reports that the input ends inside quotes', () => {
    assert.equal(convertAll(REFERENCE, Buffer.from('a|`b\nc'), [3]).insideQuotes, true);
  });

  it('writes no more than its slot can hold, whatever the input is', () => {
    for (const worst of [
      '\\'.repeat(4096),
      '`' + '|'.repeat(4095),
      '`N`|'.repeat(1024),
      'x`N`'.repeat(1024),
      '`' + '\n'.repeat(4095),
    ]) {
      const converter = CsvToText.acquire(REFERENCE, { chunkBytes: 4096, outputSlots: 2 });
      const second = Buffer.from(converter.convert(Buffer.from('`untouched`\n'), 1));
      const view = converter.convert(Buffer.from(worst), 0);
      assert.ok(view.length <= 2 * 4096 + 16);
      assert.equal(second.toString(), 'untouched\n');
    }
  });

  it('refuses formats that text cannot express', () => {
    const beyondAscii = [{ encoding: 'Shift_JIS_2004' }, { encoding: 'gbk' }, { quote: '§' }];
    for (const change of [
      { nullMarker: '' },
      { nullMarker: '\\N' },
      { escape: '#', nullMarker: '#N' },
      ...beyondAscii,
    ]) {
      assert.equal(canBeText({ ...REFERENCE, ...change }), false, JSON.stringify(change));
    }
    assert.equal(canBeText(REFERENCE), true);
  });

  it('gives PostgreSQL the same rows', async () => {
    const { client } = await createTestDatabase();
    await client.query('CREATE TABLE csv (one text, two text); CREATE TABLE text (LIKE csv)');
    const field = fc.oneof(
      fc.constantFrom('NULL', '`NULL`', '``', '', '`N``U`', '\\N', '`\\.`', '`a\nb`', '`x|y`', '`\r`', 'N`U`LL', '`é`'),
      fc.stringMatching(/^[a-zA-Zé\\ ]{0,30}$/),
    );
    const rows = fc.sample(fc.tuple(field, field), { seed: 11, numRuns: 3000 });
    const csv = Buffer.from(rows.map((row) => `${row.join('|')}\n`).join(''), 'latin1');
    const options = "DELIMITER '|', NULL 'NULL', ENCODING 'LATIN1'";
    await copy(client, `COPY csv FROM STDIN WITH (FORMAT csv, QUOTE '\`', ${options})`, csv);
    await copy(
      client,
      `COPY text FROM STDIN WITH (FORMAT text, ${options})`,
      convertAll(REFERENCE, csv, [1000, 33, 7]).text,
    );
    const read = async (table: string) =>
      (await client.query(`SELECT one, two, count(*) FROM ${table} GROUP BY 1, 2 ORDER BY 1, 2`)).rows as unknown[];
    assert.deepEqual(await read('text'), await read('csv'));
    assert.equal((await client.query('SELECT FROM text')).rowCount, 3000);
  });
});

async function copy(client: pg.Client, statement: string, bytes: Buffer): Promise<void> {
  await pipeline(Readable.from([bytes]), client.query(copyFrom(statement)));
}
