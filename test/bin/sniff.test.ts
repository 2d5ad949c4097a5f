import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { writeDump, type DumpedTable } from '../end-to-end/dumps.ts';
import { rawZip } from '../failing-dumps/raw-zip.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

const MSSQL = { id: 'int', name: 'nvarchar(50)', price: 'decimal(10,2)', made: 'datetime2(0)', flag: 'bit' };
const MYSQL = {
  id: 'int(11) unsigned',
  name: 'longtext',
  price: 'decimal(10,2)',
  made: 'datetime',
  flag: 'tinyint(1)',
};
const POSTGRESQL = {
  id: 'integer',
  name: 'character varying(50)',
  price: 'numeric(10,2)',
  made: 'timestamp(0) without time zone',
  flag: 'boolean',
};

/** The values of all of them. */
const ROWS = [
  [1, 'Zoë "Z" | Smith', '12.50', '2024-01-31 08:09:10', true],
  [2, null, '-3.00', '1999-12-31 00:00:00', false],
  [3, 'a, b; c', null, '2000-02-29 23:59:59', null],
  [4, 'plain', '0.01', null, true],
] as const;

type Write = (value: string | number | boolean | null) => string;

/** Lines of fields. */
function lines(
  write: Write,
  delimiter: string,
  end: string,
  rows: readonly (readonly (string | number | boolean | null)[])[] = ROWS,
): string {
  return rows.map((row) => row.map(write).join(delimiter) + end).join('');
}

const bit = (value: unknown) => (value === true ? '1' : value === false ? '0' : String(value));
const doubled =
  (quote: string, nothing: string): Write =>
  (value) =>
    value === null ? nothing : `${quote}${bit(value).replaceAll(quote, quote + quote)}${quote}`;
const quotedTexts =
  (nothing: string): Write =>
  (value) =>
    value === null ? nothing : typeof value === 'string' && /[,;"|]/.test(value) ? doubled('"', '')(value) : bit(value);
const bare =
  (nothing: string): Write =>
  (value) =>
    value === null ? nothing : bit(value);
const escaped: Write = (value) => (value === null ? '\\N' : bit(value).replaceAll('|', '\\|'));
const latin1 = (text: string) => text;
const utf8 = (text: string) => Buffer.from(text).toString('latin1');
const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('latin1');
const HEADER = Object.keys(MSSQL);

/** How a dump may be written; the lines that `sniff` must propose at least, and the text of its DAT file, a character for each byte. */
const WAYS: Readonly<Record<string, { columns: DumpedTable['columns']; text: string; proposes: readonly RegExp[] }>> = {
  'the reference format': {
    columns: MSSQL,
    text: latin1(`${HEADER.join('|')}\n${lines(doubled('`', 'NULL'), '|', '\n')}`),
    proposes: [/preset: reference\n$/],
  },
  'what mysql --batch prints': {
    columns: MYSQL,
    text: `${HEADER.join('\t')}\n${lines(bare('NULL'), '\t', '\n').replace(/Zoë .*Smith/, String.raw`a\tb\nc\\d`)}`,
    proposes: [/preset: mysql-outfile\n {2}header: true.*\n {2}nullMarker: "NULL"/],
  },
  'CSV with semicolons': {
    columns: MYSQL,
    text: utf8(`${HEADER.join(';')}\r\n${lines(quotedTexts(''), ';', '\r\n')}`),
    proposes: [/preset: csv/, /delimiter: ";" # .*4|5 of/, /dialect: "mysql"/],
  },
  'CSV with everything quoted, NULL too': {
    columns: MSSQL,
    text: utf8(`${HEADER.join(',')}\n${lines((value) => doubled('"', '""')(value), ',', '\n')}`),
    proposes: [/preset: csv/, /quotedNull: true/],
  },
  'CSV in Windows-1252 without a header': {
    columns: MSSQL,
    text: lines(quotedTexts('NULL'), ',', '\n').replace('Smith', '\x93Smith\x94'),
    proposes: [/header: false/, /encoding: "WIN1252"/, /nullMarker: "NULL"/],
  },
  'bcp -c': { columns: MSSQL, text: utf8(lines(bare(''), '\t', '\r\n')), proposes: [/preset: bcp-char\n$/] },
  'bcp -c of Linux': {
    columns: MSSQL,
    text: utf8(lines(bare(''), '\t', '\n')),
    proposes: [/preset: bcp-char/, /recordTerminator: "\\n"/],
  },
  'bcp -w': { columns: MSSQL, text: utf16(lines(bare(''), '\t', '\r\n')), proposes: [/preset: bcp-wide\n$/] },
  'bcp with terminators of its own': {
    columns: MSSQL,
    text: utf8(lines(bare(''), '+|', '&|\n')),
    proposes: [/delimiter: "\+\|"/, /recordTerminator: "&\|\\n"/],
  },
  'line ends within fields': {
    columns: MSSQL,
    text: utf8(lines(bare(''), '\t', '\r\n').replace('a, b', 'a\r\nb')),
    proposes: [/preset: bcp-char/],
  },
  OUTFILE: { columns: MYSQL, text: utf8(lines(escaped, '\t', '\n')), proposes: [/preset: mysql-outfile\n$/] },
  'OUTFILE with pipes': {
    columns: MYSQL,
    text: utf8(lines(escaped, '|', '\n')),
    proposes: [/preset: mysql-outfile/, /delimiter: "\|"/],
  },
  COPY: { columns: POSTGRESQL, text: utf8(lines(escaped, '\t', '\n')), proposes: [/preset: postgres-copy\n$/] },
  "COPY with its last line, as in pg_dump's files": {
    columns: MSSQL,
    text: utf8(`${lines(bare('\\N'), '\t', '\n')}\\.\n\n\n`),
    proposes: [/preset: postgres-copy\n$/],
  },
  'tabs and doubled quotes of PostgreSQL': {
    columns: POSTGRESQL,
    text: utf8(lines(quotedTexts(''), '\t', '\n')),
    proposes: [/preset: csv/, /dialect: "postgresql"/],
  },
  sqlcmd: {
    columns: MSSQL,
    text: utf8(
      `${HEADER.join('|')}\n${HEADER.map((name) => '-'.repeat(name.length)).join('|')}\n${lines(bare('NULL'), '|', '\n', ROWS.slice(1))}\n(3 rows affected)\n`,
    ),
    proposes: [/preset: sqlcmd\n$/],
  },
  'a header and pipes, of which sqlcmd would have a line of dashes': {
    columns: MSSQL,
    text: utf8(`${HEADER.join('|')}\n${lines(bare('NULL'), '|', '\n', ROWS.slice(1))}`),
    proposes: [/preset: reference\n/, /quote: ""/],
  },
  "Spark's CSV, with a backslash before quotes": {
    columns: MSSQL,
    text: utf8(
      `${HEADER.join(',')}\n${lines((value) => (value === null ? '' : `"${bit(value).replaceAll('"', '\\"')}"`), ',', '\n')}`,
    ),
    proposes: [/preset: csv/, /escape: "\\\\"/],
  },
  'commas without quotes, which are CSV all the same': {
    columns: MSSQL,
    text: utf8(lines(bare('NULL'), ',', '\r\n', ROWS.slice(3))),
    proposes: [/preset: csv\n/, /header: false/],
  },
  'a delimiter at the end of each line': {
    columns: MSSQL,
    text: utf8(lines(bare(''), '~', '~\n')),
    proposes: [/trailingDelimiter: true/, /delimiter: "~"/],
  },
  'carets and tildes, as the USDA writes them': {
    columns: MSSQL,
    text: utf8(lines(doubled('~', ''), '^', '\r\n')),
    proposes: [/delimiter: "\^"/, /quote: "~"/],
  },
  'tabs and a header, with backslashes in texts': {
    columns: MSSQL,
    text: utf8(`${HEADER.join('\t')}\n${lines(bare(''), '\t', '\n').replace(/Zoë .*Smith/, String.raw`^\d{3}\n\w$`)}`),
    proposes: [/preset: csv/, /delimiter: "\\t"/],
  },
  'days before months, and decimal commas': {
    columns: MSSQL,
    text: utf8(
      lines(
        (value) =>
          value === null
            ? ''
            : bit(value)
                .replace(/^(\d{4})-(\d\d)-(\d\d)/, '$3/$2/$1')
                .replace(/^(-?\d+)\.(\d\d)$/, '$1,$2'),
        ';',
        '\n',
        ROWS.filter(([id]) => id !== 3),
      ),
    ),
    proposes: [/dateOrder: "DMY"/, /decimalSeparator: ","/],
  },
};

describe('motherload sniff', async () => {
  const database = await createTestDatabase();

  for (const [way, { columns, text, proposes }] of Object.entries(WAYS)) {
    it(`proposes what loads every value as it is: ${way}`, async () => {
      const folder = temporaryFolder();
      await writeDump(folder, 'crm_v1.zip', { items: { columns, rows: [], text } });
      const sniffed = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
      assert.equal(sniffed.code, 0, sniffed.stdout + sniffed.stderr);
      for (const line of proposes) assert.match(sniffed.stdout, line);

      await database.query(
        'DROP TABLE IF EXISTS v1_items; DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS items',
      );
      const file = join(folder, 'ingestion.yaml');
      writeFileSync(file, manifestText(`${sniffed.stdout}\nmotherTables: { policy: Create }`));
      const run = await motherload(['run', '-f', file, '--dumps', folder, '--database', database.uri]);
      assert.equal(run.code, 0, sniffed.stdout + run.stdout + run.stderr);
      const found = await database.query(
        'SELECT id::int, name, price::text, made::text, flag::text::boolean AS flag FROM v1_items ORDER BY id',
      );
      const names = found.map((row) => row['name']);
      const expected = ROWS.filter(([id]) => names.length === ROWS.length || found.some((row) => row['id'] === id));
      assert.deepEqual(
        found.map(({ id, price, made, flag }) => [id, price, made, flag]),
        expected.map(([id, , ...others]) => [id, ...others]),
      );
      const changes: Readonly<Record<string, string>> = {
        'CSV in Windows-1252 without a header': 'Zoë "Z" | “Smith”',
        'what mysql --batch prints': 'a\tb\nc\\d',
        'tabs and a header, with backslashes in texts': String.raw`^\d{3}\n\w$`,
      };
      assert.deepEqual(
        names,
        expected.map(([id, name]) =>
          id === 1 ? (changes[way] ?? name) : id === 3 && way.startsWith('line ends') ? 'a\r\nb; c' : name,
        ),
      );
    });
  }

  it('says what is wrong with a file that is no dump', async () => {
    const file = join(temporaryFolder(), 'crm_v1.zip');
    writeFileSync(file, 'PK');
    const { code, stderr } = await motherload(['sniff', file]);
    assert.notEqual(code, 0);
    assert.match(stderr, /^error: crm_v1\.zip: /);
    const other = join(temporaryFolder(), 'other.zip');
    writeFileSync(other, rawZip([{ name: 'read.me', content: 'x' }]));
    for (const [name, message] of [
      [other, /the ZIP has no table: each needs a schema file/],
      [join(other, '..'), /it is a folder; name a ZIP in it$/m],
      [`${other}.zip`, /no such file$/m],
    ] as const) {
      const refused = await motherload(['sniff', name]);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, message);
    }
  });
});
