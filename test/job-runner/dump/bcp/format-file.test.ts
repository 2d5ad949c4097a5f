import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../../crds/contract/errors.ts';
import { parseFormatFile } from '../../../../job-runner/dump/bcp/format-file.ts';
import { fuzz } from '../../../fuzz.ts';

const location = { file: 'crm_v1.zip:t.fmt' };
const parse = (text: string | Buffer) => parseFormatFile(Buffer.from(text), location);
const described = (text: string | Buffer) => {
  const { columns, isWide, format } = parse(text);
  const names = columns.map(({ name, sourceType }) => `${name} ${sourceType}`.trim());
  return [names.join(', '), isWide, format.delimiter, format.recordTerminator];
};

/** As in https://learn.microsoft.com/sql/relational-databases/import-export/non-xml-format-files-sql-server */
const NON_XML = String.raw`14.0
3
1       SQLCHAR             0       7       "\t"     1     DepartmentID     ""
2       SQLCHAR             0       100     "\t"     2     Group Name       SQL_Latin1_General_CP1_CI_AS
3       SQLCHAR             0       24      "\r\n"   3     ModifiedDate     ""
`;

/** As in https://learn.microsoft.com/sql/relational-databases/import-export/xml-format-files-sql-server */
const xml = (fields: readonly string[], columns: readonly string[]) => `<?xml version="1.0"?>
<BCPFORMAT xmlns="http://schemas.microsoft.com/sqlserver/2004/bulkload/format" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <RECORD>
  ${fields.map((field, index) => `<FIELD ID="${index + 1}" ${field} MAX_LENGTH="12"/>`).join('\n  ')}
 </RECORD>
 <ROW>
  ${columns.map((column, index) => `<COLUMN SOURCE="${index + 1}" ${column}/>`).join('\n  ')}
 </ROW>
</BCPFORMAT>`;
const CHAR = String.raw`xsi:type="CharTerm" TERMINATOR="\t"`;
const LAST = String.raw`xsi:type="CharTerm" TERMINATOR="\r\n"`;
const XML = xml(
  [CHAR, CHAR, CHAR, CHAR, LAST],
  [
    'NAME="Id" xsi:type="SQLINT"',
    'NAME="a &amp; &quot;b&#x22; &lt;" xsi:type="SQLVARYCHAR"',
    'NAME="price" xsi:type="SQLDECIMAL" PRECISION="18" SCALE="2"',
    'NAME="any" xsi:type="SQLNUMERIC"',
    'NAME="seen" xsi:type="SQLDATETIME2" SCALE="7"',
  ],
);

const FILES: Readonly<Record<string, readonly [text: string | Buffer, expected: unknown[]]>> = {
  'one of bcp -c': [NON_XML, ['departmentid, group name, modifieddate', false, '\t', '\r\n']],
  'one of bcp -w, whose terminators are in UTF-16': [
    String.raw`14.0
2
1 SQLNCHAR 0 24 "\t\0" 1 id ""
2 SQLNCHAR 0 100 "\r\0\n\0" 2 name Latin1_General_CI_AS
`,
    ['id, name', true, '\t', '\r\n'],
  ],
  'one of a single column': ['9.0\r\n1\r\n1 SQLCHAR 0 5 "&|\\n" 1 x ""\r\n', ['x', false, undefined, '&|\n']],
  'terminators with quotes and backslashes': [
    String.raw`14.0
2
1 SQLCHAR 0 5 "\",\\" 1 x ""
2 SQLCHAR 0 5 "\"\n" 2 y ""`,
    ['x, y', false, '",\\', '"\n'],
  ],
  'one in XML, with types': [
    XML,
    ['id int, a & "b" < varchar, price decimal(18,2), any numeric, seen datetime2(7)', false, '\t', '\r\n'],
  ],
  'one in XML and UTF-16, with comments and > in a terminator': [
    Buffer.from(
      `\ufeff${xml([`xsi:type='NCharTerm' TERMINATOR='|\\0>\\0'`, `xsi:type="NCharTerm" TERMINATOR="\\n\\0"`], ['NAME="a" xsi:type="SQLBIT"', 'NAME="b" xsi:type="SQLUDT"'])}<!-- <x> -->`,
      'utf16le',
    ),
    ['a bit, b', true, '|>', '\n'],
  ],
};

const line = (text: string) => `14.0\n2\n${text}\n2 SQLCHAR 0 5 "\\n" 2 b ""\n`;
const REFUSED: Readonly<Record<string, readonly [text: string, code: string, message: RegExp]>> = {
  'native values': [
    line('1 SQLINT 0 4 "" 1 a ""'),
    'NativeFormat',
    /field 1 is SQLINT\): export the table with bcp -c or -w/,
  ],
  'a length before a value': [line('1 SQLCHAR 2 4 "\\t" 1 a ""'), 'NativeFormat', /field 1 has its length before it/],
  'values of a fixed length': [line('1 SQLCHAR 0 4 "" 1 a ""'), 'NativeFormat', /field a has no terminator/],
  'native values in XML': [
    xml(['xsi:type="NativeFixed"', LAST], ['NAME="a" xsi:type="SQLINT"', 'NAME="b" xsi:type="SQLINT"']),
    'NativeFormat',
    /field 1 is NativeFixed/,
  ],
  'a field of no column': [line('1 SQLCHAR 0 4 "\\t" 0 a ""'), 'FormatFileUnreadable', /belongs to no column/],
  'a field of no column in XML': [xml([CHAR, LAST], ['NAME="a"']), 'FormatFileUnreadable', /fields without a column/],
  'different terminators': [
    `14.0\n3\n1 SQLCHAR 0 4 "," 1 a ""\n2 SQLCHAR 0 4 ";" 2 b ""\n3 SQLCHAR 0 4 "\\n" 3 c ""`,
    'FormatFileUnreadable',
    /different terminators/,
  ],
  'fields in two encodings': [
    line('1 SQLNCHAR 0 4 "\\t\\0" 1 a ""'),
    'FormatFileUnreadable',
    /in UTF-16 beside others/,
  ],
  'an escape that bcp does not have': [
    line('1 SQLCHAR 0 4 "\\q" 1 a ""'),
    'FormatFileUnreadable',
    /a terminator with \\q/,
  ],
  'a column twice': [line('1 SQLCHAR 0 4 "\\t" 1 B ""'), 'SchemaFileDuplicateColumn', /"b" twice/],
  'fewer fields than it says': [
    '14.0\n2\n1 SQLCHAR 0 4 "\\t" 1 a ""\n',
    'FormatFileUnreadable',
    /not described|2 fields/,
  ],
  'more fields than it says': [NON_XML.replace('3', '2'), 'FormatFileUnreadable', /does not describe 2 fields/],
  'a line that is something else': [line('1 SQLCHAR zero'), 'FormatFileUnreadable', /not described as bcp does/],
  'something else': ['id,name\n1,2\n', 'FormatFileUnreadable', /not a version and a number/],
  'XML of something else': ['<html></html>', 'FormatFileUnreadable', /not XML of bcp/],
  'XML with entities of its own': [
    `<!DOCTYPE x [<!ENTITY a "b">]>${XML}`,
    'FormatFileUnreadable',
    /a tag that bcp does not write/,
  ],
  'XML that ends too early': [XML.slice(0, -200), 'FormatFileUnreadable', /./],
};

describe('parseFormatFile', () => {
  for (const [title, [text, expected]] of Object.entries(FILES))
    it(`reads ${title}`, () => assert.deepEqual(described(text), expected));

  for (const [title, [text, code, message]] of Object.entries(REFUSED))
    it(`refuses ${title}`, () => assert.throws(() => parse(text), { code, message }));

  it('reads or refuses any damage', () => {
    const damage = fc.tuple(fc.constantFrom(NON_XML, XML), fc.nat(), fc.nat({ max: 40 }), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(damage, ([text, at, length, put]) => {
        const start = at % text.length;
        try {
          const { columns, format } = parse(text.slice(0, start) + put + text.slice(start + length));
          assert.notEqual(format.recordTerminator, '');
          for (const { name } of columns) assert.notEqual(name, '');
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      }),
      fuzz(13, 2000),
    );
  });
});
