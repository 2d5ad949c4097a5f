import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataError } from '../../../crds/contract/errors.ts';
import { parseSchemaFile } from '../../../job-runner/dump/schema-file.ts';

const location = { file: 'crm_v1.zip:orders.json' };
const HEADING = 'JSON_F52E2B61-18A1-11d1-B105-00805F49916B';
const COLUMNS = Array.from({ length: 150 }, (_, index) => `delivery "note" ${index}`);
const JSON_TEXT = JSON.stringify(COLUMNS.map((column_name) => ({ column_name, column_type: 'nvarchar(50)' })));

/** The rows of a result FOR JSON, the first one ending so many characters behind the start of that column's name. */
function rowsOf(column: number, characters: number): string[] {
  const name = JSON.stringify(COLUMNS[column]).slice(1);
  const padded = `[${' '.repeat(2033 - JSON_TEXT.indexOf(name) - characters)}${JSON_TEXT.slice(1)}`;
  return padded.match(/.{1,2033}/gs) ?? [];
}
const ROWS = rowsOf(20, 3);
const pad = (row: string) => row.padEnd(2100);
const parse = (bytes: Buffer | string) => parseSchemaFile(Buffer.from(bytes), location).map(({ name }) => name);
const refusal = (bytes: Buffer | string) => {
  try {
    parse(bytes);
  } catch (error) {
    if (error instanceof DataError) return error;
  }
  throw new Error('it was not refused');
};

describe('a schema file that a tool printed FOR JSON', () => {
  const dashes = '-'.repeat(41);
  const printed: Record<string, string | Buffer> = {
    'is read in one line': JSON_TEXT,
    'is read in rows of 2,033 characters': `${ROWS.join('\r\n')}\r\n`,
    'is read with line feeds alone': ROWS.join('\n'),
    'is read where a row ends at the blank of a name': rowsOf(20, 8).join('\r\n'),
    'is read where a row ends before the blank of a name': rowsOf(20, 9).join('\r\n'),
    'is read where a row ends within an escape': rowsOf(20, 10).join('\n'),
    'is read with a heading': `${HEADING}\r\n${dashes}\r\n${ROWS.join('\r\n')}\r\n`,
    'is read with a heading that is padded, and how many rows there were': [
      ...[pad(HEADING), '-'.repeat(2100), ...ROWS.map(pad)],
      ...['', '(3 rows affected)', ''],
    ].join('\r\n'),
    'is read with a heading and no dashes': `${HEADING}\n${ROWS.join('\n')}`,
    'is read with what Management Studio prints': `${HEADING}\n${dashes}\n${ROWS.join('\n')}\n\n(1 row affected)\n\n\nCompletion time: 2024-05-14T09:26:53.0000000+02:00\n`,
    'is read with the count in another language': `${JSON_TEXT}\n\n(150 Zeilen betroffen)\n`,
    'is read in UTF-16, as of sqlcmd -u': Buffer.from(`\ufeff${ROWS.join('\r\n')}`, 'utf16le'),
    'is read in UTF-16 without a byte order mark, as of bcp -w': Buffer.from(ROWS.join('\r\n'), 'utf16le'),
    'is read in UTF-16 of the other byte order': Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le').swap16(),
    'is read in UTF-16 of the other byte order without a mark': Buffer.from(JSON_TEXT, 'utf16le').swap16(),
  };
  for (const [title, bytes] of Object.entries(printed)) it(title, () => assert.deepEqual(parse(bytes), COLUMNS));

  it('is read where the halves of a character are in two rows', () => {
    const rows = [
      `[${' '.repeat(2031 - '{"column_name":"'.length)}{"column_name":"\ud83d`,
      '\ude80","column_type":"int"}]',
    ];
    assert.equal(rows[0]?.length, 2033);
    assert.deepEqual(parse(Buffer.from(rows.join('\r\n'), 'utf16le')), ['🚀']);
  });

  const trimmed = rowsOf(20, 9).map((row, index) => (index === 0 ? row.trimEnd() : row));
  const refused: Record<string, readonly [bytes: string | Buffer, line: number | undefined, message: RegExp]> = {
    'a row has lost the blank at its end': [
      trimmed.join('\n'),
      undefined,
      /2,033 characters: export it with sqlcmd -y 0/,
    ],
    'the rows are of another length': [JSON_TEXT.match(/.{1,80}/gs)?.join('\n') ?? '', 1, /2,033 characters/],
    'a row was cut, below a heading': [
      `${HEADING}\n${dashes}\n${ROWS.map((row) => row.slice(0, 256)).join('\n')}`,
      undefined,
      /neither JSON nor YAML|2,033 characters/,
    ],
    'a name of YAML goes on in the next line': ['- column_name: order\n    id\n  column_type: int\n', 1, /2,033/],
    'it ends within a character of UTF-16': [Buffer.from(JSON_TEXT, 'utf16le').subarray(0, -1), undefined, /UTF-16/],
  };
  for (const [title, [bytes, line, message]] of Object.entries(refused)) {
    it(`is refused where ${title}`, () => {
      const error = refusal(bytes);
      assert.equal(error.code, 'SchemaFileUnreadable');
      assert.match(error.message, message);
      if (line !== undefined) assert.equal(error.location.line, line);
    });
  }
});

describe('a schema file with names as tools write them', () => {
  const columns = (...pairs: [string, string][]) =>
    JSON.stringify(pairs.map(([column_name, column_type]) => ({ column_name, column_type })));

  it('has names without the blanks, brackets and quotes around them', () =>
    assert.deepEqual(parse(columns(['  id   ', 'int'], ['[Order No]', 'int'], ['"a"', 'int'], ['`b`', 'int'])), [
      'id',
      'order no',
      'a',
      'b',
    ]));

  it('may have texts that look like keys', () =>
    assert.deepEqual(parse('[{"column_name": "a\\":b", "column_type": "int", "note": ["\\"c\\": ", {"d": ":"}]}]'), [
      'a":b',
    ]));

  it('has types without the blanks around them', () =>
    assert.deepEqual(
      parseSchemaFile(Buffer.from(columns(['id', '  decimal(10,2)   '])), location).map(({ sourceType }) => sourceType),
      ['decimal(10,2)'],
    ));

  it('has Windows-1252 where it is not UTF-8', () =>
    assert.deepEqual(parse(Buffer.from(columns(['Preis \x80', 'int']), 'latin1')), ['preis €']));

  const refused: Record<string, readonly [text: string, code: string]> = {
    'two names differ in blanks alone': [columns(['id', 'int'], ['id  ', 'int']), 'SchemaFileDuplicateColumn'],
    'two names differ in brackets alone': [columns(['id', 'int'], ['[ID]', 'int']), 'SchemaFileDuplicateColumn'],
    'a name is nothing but brackets': [columns(['[]', 'int']), 'SchemaFileColumn'],
    'a name is half a character': ['[{"column_name": "\\ud83d", "column_type": "int"}]', 'SchemaFileColumn'],
    'an item is nested without end': [`[${'['.repeat(200_000)}${']'.repeat(200_000)}]`, 'SchemaFileColumn'],
    'a brace is missing between two columns': [
      '[{"column_name": "id", "column_type": "int", "column_name": "no", "column_type": "int"}]',
      'SchemaFileUnreadable',
    ],
    'it is two lists': [
      '- {column_name: id, column_type: int}\n---\n- {column_name: no, column_type: int}\n',
      'SchemaFileUnreadable',
    ],
    'an item has the same field twice, in other letters': [
      '[{"column_name": "id", "COLUMN_NAME": "no", "column_type": "int"}]',
      'SchemaFileColumn',
    ],
  };
  for (const [title, [text, code]] of Object.entries(refused))
    it(`is refused where ${title}`, () => assert.equal(refusal(text).code, code));
});
