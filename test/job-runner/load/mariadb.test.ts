import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../../database.ts';
import { startMariadb } from '../../mariadb.ts';
import { failureOf, load } from './load-scene.ts';

const mariadb = await startMariadb();
const database = await createTestDatabase();

/** Column, its type in MariaDB, the values of three rows as SQL, and what PostgreSQL must have. */
const COLUMNS: readonly (readonly [string, string, readonly string[], readonly (string | null)[]])[] = [
  ['id', 'int', ['1', '2', '3'], ['1', '2', '3']],
  [
    'words',
    'varchar(99)',
    [String.raw`'tab\t, line\nfeed, \\back\\, #| &| "q" '`, String.raw`'\\N'`, 'NULL'],
    ['tab\t, line\nfeed, \\back\\, #| &| "q" ', '\\N', null],
  ],
  ['more', 'text', [`'NULL'`, `''`, String.raw`'\r\n\Z,;\\'`], ['NULL', '', '\r\n\x1a,;\\']],
  ['name', 'varchar(20)', [`'Zoë'`, `'🐘€'`, `'"'`], ['Zoë', '🐘€', '"']],
  ['big', 'bigint(20) unsigned', ['18446744073709551615', '0', 'NULL'], ['18446744073709551615', '0', null]],
  ['price', 'decimal(20,6)', ['-12345678901234.123456', '0.5', 'NULL'], ['-12345678901234.123456', '0.500000', null]],
  ['ratio', 'float', ['0.1', '-3.40282e38', 'NULL'], ['0.1', '-3.40282e+38', null]],
  ['exact', 'double', ['0.1', '1e300', '-0.25'], ['0.1', '1e+300', '-0.25']],
  [
    'at',
    'datetime(6)',
    [`'9999-12-31 23:59:59.999999'`, `'0001-01-01 00:00:00'`, 'NULL'],
    ['9999-12-31 23:59:59.999999', '0001-01-01 00:00:00', null],
  ],
  [
    'seen',
    'timestamp',
    [`'2024-02-29 12:34:56'`, `'1970-01-02 00:00:00'`, 'NULL'],
    ['2024-02-29 12:34:56+00', '1970-01-02 00:00:00+00', null],
  ],
  ['day', 'date', [`'2024-02-29'`, `'0000-00-00'`, 'NULL'], ['2024-02-29', null, null]],
  ['span', 'time', [`'-838:59:59'`, `'00:00:01'`, 'NULL'], ['-838:59:59', '00:00:01', null]],
  ['year', 'year(4)', ['1901', '2155', 'NULL'], ['1901', '2155', null]],
  ['yes', 'tinyint(1)', ['1', '-2', 'NULL'], ['1', '-2', null]],
  ['kind', "enum('a','b,c')", [`'a'`, `'b,c'`, 'NULL'], ['a', 'b,c', null]],
  ['tags', "set('x','y')", [`'x,y'`, `''`, 'NULL'], ['x,y', '', null]],
  ['data', 'json', [`'{"a": "line\\\\n\\\\\\\\"}'`, `'[]'`, 'NULL'], ['{"a": "line\\n\\\\"}', '[]', null]],
  [
    'photo',
    'blob',
    [String.raw`'\0\n\t,;|"\\\'&#\r\Z'`, "unhex('ff00fe')", 'NULL'],
    [`\\x000a092c3b7c225c2726230d1a`, '\\xff00fe', null],
  ],
  ['token', 'varbinary(8)', ["''", "'abcd'", "unhex('0041')"], ['\\x', '\\x61626364', '\\x0041']],
  ['flag', 'bit(1)', ["b'0'", "b'1'", 'NULL'], ['0', '1', null]],
  [
    'flags',
    'bit(20)',
    ["b'11110000101100001111'", '0', "b'101'"],
    ['11110000101100001111', '0'.repeat(20), '101'.padStart(20, '0')],
  ],
];

const definitions = COLUMNS.map(([name, type]) => `\`${name}\` ${type}${type === 'timestamp' ? ' NULL' : ''}`);
const rows = [0, 1, 2].map((row) => `(${COLUMNS.map(([, , values]) => values[row]).join(', ')})`);
mariadb.query(`
  SET GLOBAL time_zone = '+00:00'; SET time_zone = '+00:00', sql_mode = '';
  CREATE DATABASE crm CHARACTER SET utf8mb4;
  CREATE TABLE crm.rides (${definitions.join(', ')});
  INSERT INTO crm.rides VALUES ${rows.join(', ')}`);

const EXPECTED = [0, 1, 2].map((row) => COLUMNS.map(([, , , values]) => values[row]));
const schema = Object.fromEntries(
  mariadb
    .query(
      "SELECT column_name, column_type FROM information_schema.columns WHERE table_name = 'rides' ORDER BY ordinal_position",
    )
    .map((line) => line.split('\t') as [string, string]),
);

const BACKSLASH = String.raw`escape: '\', nullMarker: '\N'`;

/** How MariaDB is told to write a file, and the format that says the same. */
const WAYS: Readonly<Record<string, { readonly clauses: string; readonly format: string }>> = {
  // Carriage returns are neither escaped nor part of the line end.
  'by default': { clauses: '', format: `delimiter: "\\t", recordTerminator: "\\n", quote: '', ${BACKSLASH}` },
  'with commas, and quotes where there must be': {
    clauses: String.raw`FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"'`,
    format: `delimiter: ',', quote: '"', ${BACKSLASH}`,
  },
  'with everything quoted': {
    clauses: String.raw`FIELDS TERMINATED BY ';' ENCLOSED BY '"'`,
    format: `delimiter: ';', quote: '"', ${BACKSLASH}`,
  },
  'with terminators of several bytes': {
    clauses: String.raw`FIELDS TERMINATED BY '#|' LINES TERMINATED BY '&|\n'`,
    format: `delimiter: '#|', recordTerminator: "&|\\n", quote: '', ${BACKSLASH}`,
  },
  'with CRLF': {
    clauses: String.raw`FIELDS TERMINATED BY '|' ENCLOSED BY '\'' LINES TERMINATED BY '\r\n'`,
    format: `delimiter: '|', quote: "'", recordTerminator: "\\r\\n", ${BACKSLASH}`,
  },
};

const spec = (format: string) => `format: { preset: mysql-outfile, ${format} }`;
const outfile = (clauses: string) => mariadb.outfile('SELECT * FROM crm.rides ORDER BY id', clauses).toString('latin1');

describe('a file that MariaDB writes', () => {
  for (const [way, { clauses, format }] of Object.entries(WAYS)) {
    it(`is loaded with every value as it was: ${way}`, async () => {
      await database.query("SET TimeZone = 'UTC'; DROP TABLE IF EXISTS v1_rides");
      const scene = { text: outfile(clauses), columns: schema, mother: undefined, spec: spec(format) };
      const { rows: count } = await load(database, scene);
      assert.equal(count, 3);
      const names = COLUMNS.map(([name]) => `"${name}"::text`).join(', ');
      const found = await database.query(`SELECT ${names} FROM v1_rides ORDER BY v1_rides.id`);
      assert.deepEqual(
        found.map((row) => Object.values(row)),
        EXPECTED,
      );
    });
  }

  it('is refused where its quotes are not escaped, or escaped by themselves, and never loaded wrong', async () => {
    for (const clauses of [`ENCLOSED BY '"' ESCAPED BY ''`, `ENCLOSED BY '"' ESCAPED BY '"'`]) {
      const text = outfile(`FIELDS TERMINATED BY ',' ${clauses}`);
      await database.query('DROP TABLE IF EXISTS v1_rides');
      const scene = { text, columns: schema, mother: undefined, spec: spec(`delimiter: ',', quote: '"'`) };
      const { code, kind } = await failureOf(load(database, scene));
      assert.equal(kind, 'Data', clauses);
      assert.match(code, /^(?:TextBehindQuote|FieldCount)$/, clauses);
    }
  });

  it('is refused where a line feed within a value looks like the end of a record', async () => {
    const text = outfile(String.raw`FIELDS TERMINATED BY '|' LINES TERMINATED BY '\r\n'`);
    await database.query('DROP TABLE IF EXISTS v1_rides');
    const scene = {
      text,
      columns: schema,
      mother: undefined,
      spec: spec(`delimiter: '|', recordTerminator: '', quote: '', ${BACKSLASH}`),
    };
    assert.equal((await failureOf(load(database, scene))).code, 'FieldCount');
  });
});
