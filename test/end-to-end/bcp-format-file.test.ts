import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSource, runSource, type SourceFiles } from './source-dumps.ts';

const schema = (...columns: readonly string[]) =>
  JSON.stringify(
    columns.map((column) => ({ column_name: column.split(' ')[0], column_type: column.split(' ').slice(1).join(' ') })),
  );

/** What `bcp crm.dbo.notes format nul -c -t "+|" -r "&|\n" -f notes.fmt` writes, by Microsoft's pages on format files. */
const FMT = String.raw`14.0
3
1       SQLCHAR             0       12      "+|"      1     id       ""
2       SQLCHAR             0       100     "+|"      2     Note     SQL_Latin1_General_CP1_CI_AS
3       SQLCHAR             0       100     "&|\n"    3     more     SQL_Latin1_General_CP1_CI_AS
`;
const SCHEMA = schema('more varchar(50)', 'id int', 'note varchar(50)');
const DATA = '1+|a\tb\n+|c&|\n2+|+|\0&|\n';
const NOTES: SourceFiles = { 'notes.fmt': FMT, 'notes.json': SCHEMA, 'notes.dat': DATA };
const ROWS = [
  ['1', 'a\tb\n', 'c'],
  ['2', null, ''],
];

const WIDE_XML = `<?xml version="1.0"?>
<BCPFORMAT xmlns="http://schemas.microsoft.com/sqlserver/2004/bulkload/format" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <RECORD>
  <FIELD ID="1" xsi:type="NCharTerm" TERMINATOR="|\\0" MAX_LENGTH="24"/>
  <FIELD ID="2" xsi:type="NCharTerm" TERMINATOR="|\\0" MAX_LENGTH="100" COLLATION="Latin1_General_CI_AS"/>
  <FIELD ID="3" xsi:type="NCharTerm" TERMINATOR="\\r\\0\\n\\0" MAX_LENGTH="82"/>
 </RECORD>
 <ROW>
  <COLUMN SOURCE="1" NAME="id" xsi:type="SQLBIGINT"/>
  <COLUMN SOURCE="2" NAME="note" xsi:type="SQLNVARCHAR"/>
  <COLUMN SOURCE="3" NAME="price" xsi:type="SQLDECIMAL" PRECISION="9" SCALE="2"/>
 </ROW>
</BCPFORMAT>`;

describe("bcp's format file beside a DAT file", () => {
  it('says the order of the columns and the terminators', async () => {
    const { v1_notes: loaded } = await loadSource('preset: bcp-char', NOTES);
    assert.deepEqual(loaded, { columns: ['id integer', 'note text', 'more text'], rows: ROWS });
  });

  it('is checked where the manifest says the same', async () => {
    const format = 'preset: bcp-custom, delimiter: "+|", recordTerminator: "&|\\n"';
    assert.deepEqual((await loadSource(format, NOTES))['v1_notes']?.rows, ROWS);
  });

  it('takes the place of a schema file where it is XML, and says that the data is UTF-16', async () => {
    const data = Buffer.from('1|Zoë\r\n🐘|1.50\r\n2||-3\r\n', 'utf16le');
    assert.deepEqual(await loadSource('preset: bcp-char', { 'notes.FMT': WIDE_XML, 'notes.dat': data }), {
      v1_notes: {
        columns: ['id bigint', 'note text', 'price numeric(9,2)'],
        rows: [
          ['1', 'Zoë\r\n🐘', '1.50'],
          ['2', null, '-3.00'],
        ],
      },
    });
  });

  it('says that the data is not UTF-16', async () => {
    assert.deepEqual((await loadSource('preset: bcp-wide', NOTES))['v1_notes']?.rows, ROWS);
  });

  it('is ignored where bcp did not write the dump, or there is no data', async () => {
    const files = { 'notes.fmt': 'something', 'notes.json': SCHEMA, 'notes.dat': 'more,id,note\nc,1,a\n' };
    assert.deepEqual((await loadSource('preset: csv', files))['v1_notes']?.rows, [['c', '1', 'a']]);
    assert.deepEqual(Object.keys(await loadSource('preset: bcp-char', { ...NOTES, 'other.fmt': FMT })), ['v1_notes']);
  });

  const refused: Record<string, readonly [format: string, files: SourceFiles, message: RegExp]> = {
    'says another delimiter than the manifest': [
      'preset: bcp-char, delimiter: ";"',
      NOTES,
      /notes\.fmt.*says that delimiter is "\+\|", and spec\.format\.delimiter is ";"/,
    ],
    'says another encoding than the manifest': [
      'preset: bcp-char, encoding: UTF16LE',
      NOTES,
      /says that encoding is "UTF8", and spec\.format\.encoding is "UTF16LE"/,
    ],
    'has no types, and there is no schema file': [
      'preset: bcp-char',
      { 'notes.fmt': FMT, 'notes.dat': DATA },
      /does not say the type of column id: add a schema file, or create an XML format file/,
    ],
    'has other columns than the schema file': [
      'preset: bcp-char',
      { ...NOTES, 'notes.json': schema('id int', 'note varchar(50)') },
      /notes\.fmt.*its column more is not in the schema file/,
    ],
    'lacks a column of the schema file': [
      'preset: bcp-char',
      { ...NOTES, 'notes.json': schema('id int', 'note text', 'more text', 'last int') },
      /it lacks the column last of the schema file/,
    ],
    'is one of native data': [
      'preset: bcp-char',
      { ...NOTES, 'notes.fmt': FMT.replace('SQLCHAR ', 'SQLINT ') },
      /field 1 is SQLINT.*export the table with bcp -c or -w/,
    ],
    'is there twice': ['preset: bcp-char', { ...NOTES, 'old/Notes.fmt': FMT }, /twice, as "notes\.fmt" and/],
  };
  for (const [title, [format, files, message]] of Object.entries(refused))
    it(`is refused where it ${title}`, async () => {
      const { code, stderr } = await runSource(format, files);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
    });
});
