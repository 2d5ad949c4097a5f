import { Connection, Request } from 'tedious';
import { parseAddress } from '../../job-runner/dump/mssql-server/address.ts';

/** Column, its definition, the values of two rows in Transact-SQL, and what PostgreSQL must have of them. */
export const COLUMNS: readonly (readonly [string, string, readonly string[], readonly (string | null)[]])[] = [
  ['id', 'int NOT NULL PRIMARY KEY', ['1', '2'], ['1', '2']],
  ['tiny', 'tinyint', ['255', 'NULL'], ['255', null]],
  ['big', 'bigint', ['-9223372036854775808', '9007199254740993'], ['-9223372036854775808', '9007199254740993']],
  ['flag', 'bit', ['1', '0'], ['true', 'false']],
  ['ratio', 'real', ['0.1', '16777216'], ['0.1', '1.6777216e+07']],
  [
    'exact',
    'float',
    ['1.7976931348623157e308', '-0.30000000000000004e0'],
    ['1.7976931348623157e+308', '-0.30000000000000004'],
  ],
  [
    'price',
    'decimal(38,10)',
    ['-9999999999999999999999999999.9999999999', '0.5'],
    ['-9999999999999999999999999999.9999999999', '0.5000000000'],
  ],
  ['paid', 'money', ['-922337203685477.5808', '0.0001'], ['-922337203685477.5808', '0.0001']],
  ['tip', 'smallmoney', ['214748.3647', 'NULL'], ['214748.3647', null]],
  ['day', 'date', ["'00010101'", "'99991231'"], ['0001-01-01', '9999-12-31']],
  ['clock', 'time(7)', ["'23:59:59.1234560'", "'00:00'"], ['23:59:59.123456', '00:00:00']],
  ['old_at', 'datetime', ["'99991231 23:59:59.997'", "'17530101'"], ['9999-12-31 23:59:59.997', '1753-01-01 00:00:00']],
  ['minute', 'smalldatetime', ["'20790606 23:59'", 'NULL'], ['2079-06-06 23:59:00', null]],
  [
    'at',
    'datetime2(7)',
    ["'2024-02-29T12:34:56.1234567'", "'0001-01-01'"],
    ['2024-02-29 12:34:56.123457', '0001-01-01 00:00:00'],
  ],
  [
    'seen',
    'datetimeoffset(7)',
    ["'2024-02-29T12:34:56.1234560+12:15'", 'NULL'],
    ['2024-02-29 00:19:56.123456+00', null],
  ],
  [
    'latin',
    'varchar(99) COLLATE Latin1_General_CI_AS',
    ["N'Zoë €'", "'a' + CHAR(9) + CHAR(10) + '\\N'"],
    ['Zoë €', 'a\t\n\\N'],
  ],
  ['greek', 'varchar(99) COLLATE Greek_CI_AS', ["N'αβγ'", "''"], ['αβγ', '']],
  ['japanese', 'varchar(99) COLLATE Japanese_CI_AS', ["N'日本'", 'NULL'], ['日本', null]],
  ['fixed', 'char(5)', ["'ab'", 'NULL'], ['ab   ', null]],
  ['most', 'varchar(max)', ["REPLICATE(CONVERT(varchar(max), 'x'), 20000)", "''"], ['x'.repeat(20000), '']],
  ['old_text', 'text', ["'old'", 'NULL'], ['old', null]],
  ['old_wide', 'ntext', ["N'日本🐘'", 'NULL'], ['日本🐘', null]],
  ['name', 'nvarchar(20)', ["N'🐘€'", 'NULL'], ['🐘€', null]],
  ['token', 'varbinary(8)', ['0x5c4e0a0900ff', '0x'], ['\\x5c4e0a0900ff', '\\x']],
  ['photo', 'varbinary(max)', ['0x00ff', 'NULL'], ['\\x00ff', null]],
  ['old_image', 'image', ['0x0a0d', 'NULL'], ['\\x0a0d', null]],
  [
    'guid',
    'uniqueidentifier',
    ["'7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11'", 'NULL'],
    ['7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11', null],
  ],
  ['doc', 'xml', ['N\'<a b="é">1</a>\'', 'NULL'], ['<a b="é">1</a>', null]],
  ['path', 'hierarchyid', ["'/1/2.5/'", 'NULL'], ['/1/2.5/', null]],
  [
    'spot',
    'geography',
    ['geography::Point(2, 1, 4326)', 'NULL'],
    ['0101000020E6100000000000000000F03F0000000000000040', null],
  ],
  [
    'shape',
    'geometry',
    ["geometry::STGeomFromText('POINT (1 2)', 0)", 'NULL'],
    ['0101000000000000000000F03F0000000000000040', null],
  ],
  ['any_money', 'sql_variant', ["CONVERT(money, '1.2345')", 'CONVERT(varbinary(4), 0x00ff)'], ['1.2345', '0x00FF']],
  [
    'any_time',
    'sql_variant',
    ["CONVERT(datetime, '20240229 12:34:56.997')", 'CONVERT(float, 0.1)'],
    ['2024-02-29 12:34:56.997', '1.0000000000000001e-001'],
  ],
  ['any_text', 'sql_variant', ["CONVERT(varchar(8000), REPLICATE('x', 8000))", 'NULL'], ['x'.repeat(8000), null]],
  ['alias', 'sysname NULL', ["N'dbo'", 'NULL'], ['dbo', null]],
  ['sparse_', 'int SPARSE NULL', ['7', 'NULL'], ['7', null]],
];

export const SCHEMA = 'motherload_test';

/** Recreates the schema's table, with a computed column and a rowversion beside those above. */
export async function prepareServer(uri: string): Promise<void> {
  const definitions = COLUMNS.map(([name, definition]) => `[${name}] ${definition}`).join(', ');
  const names = COLUMNS.map(([name]) => `[${name}]`).join(', ');
  const rows = [0, 1].map((row) => COLUMNS.map(([, , values]) => values[row]).join(', '));
  await execute(uri, [
    `IF SCHEMA_ID('${SCHEMA}') IS NULL EXEC ('CREATE SCHEMA ${SCHEMA}')`,
    `IF OBJECT_ID('${SCHEMA}.rides') IS NOT NULL DROP TABLE ${SCHEMA}.rides`,
    `CREATE TABLE ${SCHEMA}.rides (${definitions}, doubled AS id * 2, stamp rowversion)`,
    ...rows.map((row) => `INSERT INTO ${SCHEMA}.rides (${names}) SELECT ${row}`),
  ]);
}

export async function removeFromServer(uri: string): Promise<void> {
  await execute(uri, [`DROP TABLE ${SCHEMA}.rides`, `DROP SCHEMA ${SCHEMA}`]);
}

async function execute(uri: string, statements: readonly string[]): Promise<void> {
  const { host, port, user, password, database, encrypt, trustServerCertificate } = parseAddress(uri, false);
  const connection = new Connection({
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: { port, database, encrypt, trustServerCertificate },
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  });
  try {
    for (const sql of statements) {
      await new Promise<void>((resolve, reject) => {
        connection.execSqlBatch(new Request(sql, (error) => (error ? reject(error) : resolve())));
      });
    }
  } finally {
    connection.close();
  }
}
