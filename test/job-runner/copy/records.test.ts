import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { from as copyFrom } from 'pg-copy-streams';
import { copyFormatsOf } from '../../../job-runner/copy/copy-input.ts';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import { copyStatement, createStatements, type CopyStatementFormat } from '../../../job-runner/plan/statements.ts';
import type { CopyFormat, TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { CORPUS, MULTIBYTE, REFUSED } from './corpus.ts';
import { convertAll, fieldsOf, planOf, REFERENCE } from './plans.ts';
import { readRecords, type Field } from './reference-reader.ts';
import { fuzz } from '../../fuzz.ts';

/** Where chunks end: behind each byte, within and around blocks of 16 bytes, and nowhere. */
const CHUNK_LENGTHS = [[1], [2], [3, 1], [7], [15, 16, 17], [16], [33], [100_000]] as const;

function textPlan(columns: number, format: CopyFormat): TablePlan {
  return planOf(Object.fromEntries(Array.from({ length: columns }, (_, index) => [`c${index + 1}`, 'text'])), format);
}

const STAGING = { schema: 'public', name: 'staging' };

/** The rows that COPY makes of what was converted. */
async function load(database: TestDatabase, plan: TablePlan, format: CopyStatementFormat, bytes: Buffer) {
  await database.query(`DROP TABLE IF EXISTS staging; ${createStatements(plan, STAGING).join('; ')}`);
  await database.query('ALTER TABLE staging ADD COLUMN record serial');
  await pipeline(Readable.from([bytes]), database.client.query(copyFrom(copyStatement(plan, STAGING, format))));
  const rows = await database.query(`SELECT ${plan.copyColumns.join(', ')} FROM staging ORDER BY record`);
  return rows.map((row) => Object.values(row) as Field[]);
}

for (const version of SUPPORTED_VERSIONS) {
  describe(`records, read and copied into PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    for (const { title, format, columns, text, bytes } of CORPUS) {
      it(`are what was written: ${title}`, async () => {
        const expected = readRecords(text, format, columns);
        assert.ok(Array.isArray(expected), String(expected));
        const plan = textPlan(columns, format);
        for (const copyFormat of copyFormatsOf(plan)) {
          const whole = convertAll(plan, copyFormat, bytes, [100_000]);
          assert.equal(whole.records, expected.length, copyFormat);
          assert.deepEqual(await load(database, plan, copyFormat, whole.bytes), expected, copyFormat);
          for (const lengths of CHUNK_LENGTHS)
            assert.deepEqual(convertAll(plan, copyFormat, bytes, lengths), whole, `${copyFormat}, ${lengths.join()}`);
        }
      });
    }

    for (const [encoding, characters] of Object.entries(MULTIBYTE)) {
      it(`keep multibyte characters of ${encoding} whole, whatever their bytes look like`, async () => {
        const format = { ...REFERENCE, encoding };
        const plan = textPlan(2, format);
        const [decoded] = await database.query(
          'SELECT array_agg(convert_from(c, $2) ORDER BY n) AS texts FROM unnest($1::bytea[]) WITH ORDINALITY AS t (c, n)',
          [characters.map((character) => Buffer.from(character, 'latin1')), encoding],
        );
        const texts = decoded?.['texts'] as string[];
        const records = characters.flatMap((character, index) => {
          const text = texts[index] ?? '';
          return [
            { written: `${character}|\`${character}\``, read: [text, text] },
            {
              written: `\`${character}\`\`${character}\n${character}\`|${character}x\``,
              read: [`${text}\`${text}\n${text}`, `${text}x\``],
            },
            {
              written: `${character.repeat(20)}|\`${'a'.repeat(15)}${character.repeat(9)}|\``,
              read: [text.repeat(20), `${'a'.repeat(15)}${text.repeat(9)}|`],
            },
          ];
        });
        const bytes = Buffer.from(records.map(({ written }) => `${written}\n`).join(''), 'latin1');
        for (const copyFormat of copyFormatsOf(plan)) {
          for (const lengths of CHUNK_LENGTHS) {
            const converted = convertAll(plan, copyFormat, bytes, lengths);
            assert.deepEqual(
              await load(database, plan, copyFormat, converted.bytes),
              records.map(({ read }) => read),
            );
          }
        }
      });
    }
  });
}

describe('a record', () => {
  for (const { title, columns, text, code, message } of REFUSED) {
    it(`is refused with its number and the cause: ${title}`, () => {
      const bytes = Buffer.from(text, 'latin1');
      for (const copyFormat of ['binary', 'text'] as const) {
        for (const lengths of CHUNK_LENGTHS) {
          assert.throws(
            () => convertAll(textPlan(columns, REFERENCE), copyFormat, bytes, lengths),
            (error) => {
              assert.ok(error instanceof RecordProblem, String(error));
              assert.match(error.message, message);
              assert.deepEqual([error.record, error.toDataError({}).code], [1, code]);
              return true;
            },
          );
        }
      }
    });
  }

  const pieces = [
    '|',
    '`',
    '``',
    '\n',
    '\r\n',
    '\\',
    '\\\\',
    '"',
    '""',
    ',',
    'NULL',
    'N',
    '\\N',
    'n',
    'x',
    'abc',
    ' ',
    'é'.repeat(3),
  ];
  const files = fc
    .array(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.stringMatching(/^[a-z |,"`\\\n]{0,40}$/)),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));
  const FORMATS: Readonly<Record<string, CopyFormat>> = {
    'doubled quotes': REFERENCE,
    'a comma, NULL for nothing': { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' },
    'quoted NULL': { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '', quotedNull: true },
    'an escape': { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: 'n' },
    "MySQL's escape in quotes": {
      ...REFERENCE,
      delimiter: ',',
      quote: '"',
      escape: '\\',
      nullMarker: '\\N',
      backslash: 'Escapes',
    },
    "MySQL's escape": { ...REFERENCE, quote: '', escape: '\\', nullMarker: '\\N', backslash: 'Escapes' },
    'no quotes': { ...REFERENCE, quote: '', escape: '' },
    "MySQL's line feed, before which a carriage return is data": {
      ...REFERENCE,
      ...{ recordTerminator: '\n', quote: '', escape: '\\', nullMarker: '\\N', backslash: 'Escapes' },
    },
    'a terminator of one byte': { ...REFERENCE, delimiter: ',', recordTerminator: 'x', quote: '"', escape: '"' },
    'a delimiter of two bytes': { ...REFERENCE, delimiter: '|,', nullMarker: 'N' },
    'a terminator of two bytes': { ...REFERENCE, recordTerminator: '|\n', nullMarker: 'N' },
    'both, and an escape': {
      ...REFERENCE,
      ...{ delimiter: ',"', recordTerminator: '|n', quote: '', escape: '\\', nullMarker: '\\N', backslash: 'Escapes' },
    },
  };

  for (const [title, format] of Object.entries(FORMATS)) {
    it(`has the fields that its rules say, whatever the bytes and the chunks: ${title}`, () => {
      fc.assert(
        fc.property(files, fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (written, lengths) => {
          fc.pre(!written.includes('\0'));
          const text = written + format.recordTerminator;
          const first = readRecords(text, format);
          const columns = Array.isArray(first) ? (first[0]?.length ?? 1) : 3;
          // Empty lines at the end are no records, unless they may be values.
          const isStripped = columns > 1 && ['', '\n'].includes(format.recordTerminator);
          const blanks = format.recordTerminator === '' ? /(?<=\n)(?:\r?\n)+$/ : /(?<=(?<!\\)(?:\\\\)*\n)(?:\r?\n)+$/;
          const expected = isStripped ? readRecords(text.replace(blanks, ''), format) : first;
          const isWhole = Array.isArray(expected) && expected.every((record) => record.length === columns);
          const read = fieldsOf(textPlan(columns, format), Buffer.from(text, 'latin1'), lengths);
          assert.deepEqual(read, isWhole ? expected : undefined);
        }),
        fuzz(7, 3000),
      );
    });
  }

  it('may be longer than a chunk, and than the memory that there is at first', () => {
    const long = 'x'.repeat(3_000_000);
    const { bytes, records } = convertAll(
      textPlan(2, REFERENCE),
      'text',
      Buffer.from(`a|b\n\`${long}\`|c\nd|e\n`),
      [100_000],
    );
    assert.equal(records, 3);
    assert.equal(bytes.toString(), `a\tb\n${long}\tc\nd\te\n`);
  });

  it('may be followed by empty lines and the DOS end of file, where the table has more than one column', () => {
    for (const end of ['\n', '\r\n\r\n', '\x1a', '\n\x1a']) {
      const file = Buffer.from(`a|b\n${end}`);
      for (const lengths of [[1], [100]])
        assert.equal(convertAll(textPlan(2, REFERENCE), 'text', file, lengths).records, 1);
    }
    const [warning] = convertAll(textPlan(2, REFERENCE), 'text', Buffer.from('a|b\nc|d\x1a'), [3]).warnings;
    assert.match(warning ?? '', /its last byte is 0x1A, which was loaded as part of the value/);
    assert.throws(
      () => convertAll(textPlan(2, REFERENCE), 'text', Buffer.from('a|b\n\nc|d\n'), [5]),
      /line is empty, and more data follows/,
    );
  });
});
