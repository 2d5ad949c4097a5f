import { IS_MYSQL } from '../mariadb.ts';

/** A column, its type in the source, that in PostgreSQL, the values of three rows as SQL, and what PostgreSQL must have. */
type Column = readonly [string, string, string, readonly string[], readonly (string | null)[]];

const MARIADB_COLUMNS: readonly Column[] = [
  ['id', 'int(11) NOT NULL PRIMARY KEY', 'integer', ['1', '2', '3'], ['1', '2', '3']],
  [
    'words',
    'varchar(99)',
    'text',
    [String.raw`'tab\t, line\nfeed, \\back\\, #| &| "q" '`, String.raw`'\\N'`, 'NULL'],
    ['tab\t, line\nfeed, \\back\\, #| &| "q" ', '\\N', null],
  ],
  ['more', 'text', 'text', [`'NULL'`, `''`, String.raw`'\r\n\Z,;\\'`], ['NULL', '', '\r\n\x1a,;\\']],
  ['name', 'varchar(20)', 'text', [`'Zoë'`, `'🐘€'`, `'"'`], ['Zoë', '🐘€', '"']],
  ['latin', 'varchar(20) CHARACTER SET latin1', 'text', [`'Zoë €'`, `'ÿ'`, 'NULL'], ['Zoë €', 'ÿ', null]],
  ['greek', 'char(9) CHARACTER SET greek', 'text', [`'αβγ'`, `''`, 'NULL'], ['αβγ', '', null]],
  ['wide', 'varchar(9) CHARACTER SET utf16', 'text', [`'日本'`, `'🐘'`, 'NULL'], ['日本', '🐘', null]],
  [
    'big',
    'bigint(20) unsigned',
    'numeric(20,0)',
    ['18446744073709551615', '0', 'NULL'],
    ['18446744073709551615', '0', null],
  ],
  [
    'long_',
    'bigint',
    'bigint',
    ['-9223372036854775808', '9007199254740993', 'NULL'],
    ['-9223372036854775808', '9007199254740993', null],
  ],
  ['filled', 'int(8) zerofill', 'bigint', ['42', '4294967295', 'NULL'], ['42', '4294967295', null]],
  [
    'price',
    'decimal(20,6)',
    'numeric(20,6)',
    ['-12345678901234.123456', '0.5', 'NULL'],
    ['-12345678901234.123456', '0.500000', null],
  ],
  [
    'huge',
    'decimal(65,30)',
    'numeric(65,30)',
    ['99999999999999999999999999999999999.000000000000000000000000000001', '0', 'NULL'],
    ['99999999999999999999999999999999999.000000000000000000000000000001', `0.${'0'.repeat(30)}`, null],
  ],
  ['ratio', 'float', 'real', ['0.1', '-3.4028235e38', '16777217'], ['0.1', '-3.4028235e+38', '1.6777216e+07']],
  [
    'exact',
    'double',
    'double precision',
    ['0.1', '1.7976931348623157e308', '-0.30000000000000004'],
    ['0.1', '1.7976931348623157e+308', '-0.30000000000000004'],
  ],
  ['scaled', 'float(10,3)', 'real', ['1234.567', '-0.001', 'NULL'], ['1234.567', '-0.001', null]],
  [
    'at',
    'datetime(6)',
    'timestamp(6) without time zone',
    [`'9999-12-31 23:59:59.999999'`, `'0001-01-01 00:00:00'`, 'NULL'],
    ['9999-12-31 23:59:59.999999', '0001-01-01 00:00:00', null],
  ],
  [
    'seen',
    'timestamp NULL',
    'timestamp with time zone',
    [`'2024-02-29 12:34:56'`, `'1970-01-02 00:00:00'`, `'2024-10-27 01:30:00'`],
    ['2024-02-29 12:34:56+00', '1970-01-02 00:00:00+00', '2024-10-27 01:30:00+00'],
  ],
  ['day', 'date', 'date', [`'2024-02-29'`, `'0000-00-00'`, 'NULL'], ['2024-02-29', null, null]],
  ['span', 'time', 'interval', [`'-838:59:59'`, `'00:00:01'`, 'NULL'], ['-838:59:59', '00:00:01', null]],
  [
    'moment',
    'time(3)',
    'interval(3)',
    [`'-00:00:00.001'`, `'838:59:58.999'`, 'NULL'],
    ['-00:00:00.001', '838:59:58.999', null],
  ],
  ['year', 'year(4)', 'smallint', ['1901', '2155', 'NULL'], ['1901', '2155', null]],
  ['yes', 'tinyint(1)', 'smallint', ['1', '-2', 'NULL'], ['1', '-2', null]],
  ['kind', "enum('a','b,c','d\\\\')", 'text', [`'a'`, `'b,c'`, `'d\\\\'`], ['a', 'b,c', 'd\\']],
  ['tags', "set('x','y')", 'text', [`'x,y'`, `''`, 'NULL'], ['x,y', '', null]],
  [
    'data',
    'json',
    'text',
    [`'{"a": "line\\\\n\\\\\\\\", "n": 12345678901234567890.10, "n": 1}'`, `'[]'`, 'NULL'],
    ['{"a": "line\\n\\\\", "n": 12345678901234567890.10, "n": 1}', '[]', null],
  ],
  [
    'photo',
    'blob',
    'bytea',
    [String.raw`'\0\n\t,;|"\\\'&#\r\Z'`, "unhex('ff00fe')", 'NULL'],
    [`\\x000a092c3b7c225c2726230d1a`, '\\xff00fe', null],
  ],
  ['token', 'varbinary(8)', 'bytea', ["''", "'abcd'", "unhex('0041')"], ['\\x', '\\x61626364', '\\x0041']],
  ['fixed_', 'binary(4)', 'bytea', ["'a'", "unhex('5c4e0a09')", 'NULL'], ['\\x61000000', '\\x5c4e0a09', null]],
  ['flag', 'bit(1)', 'bit(1)', ["b'0'", "b'1'", 'NULL'], ['0', '1', null]],
  [
    'flags',
    'bit(20)',
    'bit(20)',
    ["b'11110000101100001111'", '0', "b'101'"],
    ['11110000101100001111', '0'.repeat(20), '101'.padStart(20, '0')],
  ],
  [
    'bits',
    'bit(64)',
    'bit(64)',
    ["x'5c4e0a09ff000d1a'", "x'ffffffffffffffff'", 'NULL'],
    [BigInt('0x5c4e0a09ff000d1a').toString(2).padStart(64, '0'), '1'.repeat(64), null],
  ],
  [
    'ip',
    'inet6',
    'inet',
    [`'2001:db8::1'`, `'::ffff:192.0.2.1'`, 'NULL'],
    ['2001:db8::1/128', '::ffff:192.0.2.1/128', null],
  ],
  [
    'key_',
    'uuid',
    'uuid',
    [`'7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11'`, `'00000000-0000-0000-0000-000000000000'`, 'NULL'],
    ['7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11', '00000000-0000-0000-0000-000000000000', null],
  ],
  [
    'spot',
    'point',
    'text',
    ["ST_GeomFromText('POINT(0.1 -2)', 4326)", "ST_GeomFromText('POINT(1 2)')", 'NULL'],
    ['0101000020E61000009A9999999999B93F00000000000000C0', '0101000000000000000000F03F0000000000000040', null],
  ],
  ['hidden', 'int INVISIBLE DEFAULT 7', 'integer', ['1', '-1', 'NULL'], ['1', '-1', null]],
];

/** What MySQL has not, or otherwise: its JSON is a type, and it keeps the longitude of a point on the Earth first, whose latitude is written first. */
const MYSQL_COLUMNS: readonly Column[] = [
  ...MARIADB_COLUMNS.filter(([name]) => !['ip', 'key_', 'data', 'spot'].includes(name)),
  [
    'data',
    'json',
    'jsonb',
    [`'{"b": "line\\\\n\\\\\\\\", "a": 18446744073709551615, "a": 9007199254740993}'`, `'[1.0, "\\\\u00e9"]'`, 'NULL'],
    ['{"a": 9007199254740993, "b": "line\\n\\\\"}', '[1.0, "é"]', null],
  ],
  [
    'spot',
    'point',
    'text',
    ["ST_GeomFromText('POINT(0.1 -2)', 4326)", "ST_GeomFromText('POINT(1 2)')", 'NULL'],
    ['0101000020E610000000000000000000C09A9999999999B93F', '0101000000000000000000F03F0000000000000040', null],
  ],
  [
    'vectors',
    'vector(2)',
    'text',
    ["STRING_TO_VECTOR('[0.1, -2]')", "STRING_TO_VECTOR('[0, 1]')", 'NULL'],
    ['CDCCCC3D000000C0', '000000000000803F', null],
  ],
];

/** Those of the server that the tests run against. */
export const COLUMNS = IS_MYSQL ? MYSQL_COLUMNS : MARIADB_COLUMNS;
