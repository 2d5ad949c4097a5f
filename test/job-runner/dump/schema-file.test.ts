import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSchemaFile } from '../../../job-runner/dump/schema-file.ts';

const location = { file: 'crm_v1.zip:users.json' };
const parse = (text: string | Buffer) =>
  parseSchemaFile(Buffer.from(text), location).map(({ name, sourceType }) => `${name} ${sourceType}`);
const EXPECTED = ['user_id int', 'price decimal(10,2)'];
const COLUMNS = [
  '{"column_name": "user_id", "column_type": "int"}',
  '{"column_name": "Price", "column_type": "decimal(10,2)"}',
] as const;
const JSON_TEXT = `[${COLUMNS.join(', ')}]`;

describe('a schema file', () => {
  const variants: [string, string | Buffer][] = [
    ['is read as JSON', JSON_TEXT],
    ['may have a comma too many after the last column', `[\n  ${COLUMNS.join(',\n  ')},\n]\n`],
    ['may have a comma too many within a column', JSON_TEXT.replaceAll('}', ',}')],
    ['may have tabs and commas too many', `[\n\t${COLUMNS.join(',\n\t')},\n]\t\n`],
    [
      'may be indented by tabs alone',
      `[\n\t{\n\t\t"column_name"\t:\t"user_id",\n\t\t"column_type": "int",\n\t},\n\t${COLUMNS[1]},\n]`,
    ],
    ['may have no blanks', JSON_TEXT.replaceAll(' ', '').replace('}]', ',},]')],
    ['may have CRLF line ends', `[\r\n  ${COLUMNS.join(',\r\n  ')},\r\n]\r\n`],
    ['may begin with a byte order mark', `\ufeff${JSON_TEXT}`],
    ['may begin with a byte order mark and have commas too many', `\ufeff[${COLUMNS.join(',')},]`],
    [
      'may have keys in upper case',
      `[${COLUMNS.join(',').replaceAll('column_', 'COLUMN_')},]`.replaceAll('name"', 'NAME"'),
    ],
    ["may have INFORMATION_SCHEMA's DATA_TYPE", JSON_TEXT.replaceAll('column_type', 'DATA_TYPE')],
    ['may have further keys', JSON_TEXT.replaceAll('}', ', "nullable": true, "position": 3}')],
    ['may be one object a line', `${COLUMNS.join('\n')}\n`],
    ['may be one object a line, with CRLF and blank lines', `\r\n${COLUMNS.join('\r\n\r\n')}\r\n`],
    ['may be objects in several lines each', COLUMNS.join('\n').replaceAll(', ', ',\n  ').replaceAll('}', '\n}')],
    ['may be one object a line, each with blanks before it', COLUMNS.map((object) => `  ${object}`).join('\n')],
    ['may be objects with commas between, as of FOR JSON', COLUMNS.join(',')],
    ['may be UTF-16', Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le')],
    ['may be YAML', '- column_name: user_id\n  column_type: int\n- column_name: Price\n  column_type: decimal(10,2)\n'],
  ];
  for (const [title, text] of variants) it(title, () => assert.deepEqual(parse(text), EXPECTED));

  const placed = (positions: readonly unknown[], key = 'ordinal_position') =>
    JSON.stringify(
      positions.map((position, index) => ({ column_name: 'abc'[index], column_type: 'int', [key]: position })),
    );
  it('has its columns in the order of their positions', () => {
    for (const key of ['ORDINAL_POSITION', 'column_id'])
      assert.deepEqual(parse(placed([10, '9', 1], key)), ['c int', 'b int', 'a int']);
    assert.deepEqual(parse(placed([2, 3, 1], 'position')), ['a int', 'b int', 'c int']);
    assert.deepEqual(parse(placed([3, 1, 2]).replaceAll('}', ',}')), ['b int', 'c int', 'a int']);
  });
  it('is refused where positions are missing or are there twice', () => {
    for (const positions of [
      [1, 1, 2],
      [1, undefined, 2],
      [1, 'x', 2],
      [1, '01', 2],
      [1, null, 2],
      [1, -2, 3],
    ])
      assert.throws(() => parse(placed(positions)), { code: 'SchemaFileColumn', message: /has ordinal_position/ });
  });
  it('is refused where it lists several tables', () => {
    const list = (...tables: string[]) =>
      JSON.stringify(tables.map((name, n) => ({ TABLE_NAME: name, column_name: `c${n}`, column_type: 'int' })));
    assert.deepEqual(parse(list('users', 'users')), ['c0 int', 'c1 int']);
    assert.throws(() => parse(list('users', 'rides')), { code: 'SchemaFileColumn', message: /users and rides/ });
  });

  it('may be one object', () => assert.deepEqual(parse(COLUMNS[0]), ['user_id int']));
  it('is refused where objects stand for anything but columns, or something is between them', () => {
    for (const [text, code] of [
      [`{"columns": ${JSON_TEXT}}`, 'SchemaFileNotAList'],
      [`${COLUMNS[0]}\n{"rows": 3}`, 'SchemaFileUnreadable'],
      [`${COLUMNS.join('\n')}\n{"column_name": "x", "colu`, 'SchemaFileUnreadable'],
      [COLUMNS.join('\n').slice(0, -1), 'SchemaFileUnreadable'],
      [`,${COLUMNS.join('\n')}`, 'SchemaFileUnreadable'],
      [COLUMNS.join(',,'), 'SchemaFileUnreadable'],
      [`${COLUMNS.join('\n')}]`, 'SchemaFileUnreadable'],
      [COLUMNS.join(' x '), 'SchemaFileUnreadable'],
      [`${COLUMNS[0]}\n${COLUMNS[0]}`, 'SchemaFileDuplicateColumn'],
      ['{"column_name": "a", "column_type": "int", "column_name": "b"}\n' + COLUMNS[0], 'SchemaFileUnreadable'],
      ['{"column_name": "}{", "column_type": 5}', 'SchemaFileColumn'],
      ['{'.repeat(100_000), 'SchemaFileUnreadable'],
    ] as const)
      assert.throws(() => parse(text), { code }, text.slice(0, 80));
    assert.deepEqual(parse('{"column_name": "}{\\"", "column_type": "int"}\n' + COLUMNS[0]), [
      '}{" int',
      'user_id int',
    ]);
  });

  it('keeps names that YAML would take for something else', () =>
    assert.deepEqual(
      parse(
        '[{column_name: "null", column_type: int}, {column_name: no, column_type: int}, {column_name: 1e3, column_type: int},]',
      ),
      ['null int', 'no int', '1e3 int'],
    ));
  it('is UTF-8', () => assert.deepEqual(parse('[{"column_name": "Größe", "column_type": "int"},]'), ['größe int']));
  it('is Latin-1 where it is not UTF-8', () =>
    assert.deepEqual(parse(Buffer.from('[{"column_name": "Größe", "column_type": "int"},]', 'latin1')), ['größe int']));
  it('keeps odd names as they are', () =>
    assert.deepEqual(parse('[{"column_name": "a b\\"; DROP TABLE users; --", "column_type": " int "}]'), [
      'a b"; drop table users; -- int',
    ]));
  it('keeps a comma before a bracket within a name', () =>
    assert.deepEqual(
      parse('[{"column_name": "a,]", "column_type": "int"},{"column_name": "\\",}", "column_type": "int"},]'),
      ['a,] int', '",} int'],
    ));
  it('does not fall for names of JavaScript', () =>
    assert.deepEqual(
      parse('[{"__proto__": {"column_type": "x"}, "column_name": "__proto__", "column_type": "constructor"},]'),
      ['__proto__ constructor'],
    ));
  it('names the file and the line where it cannot be read', () =>
    assert.throws(() => parse('[\n{"column_name": "a", "column_type": }}\n]'), {
      code: 'SchemaFileUnreadable',
      location: { ...location, line: 2 },
    }));
  it('refuses a number for a name where there is a comma too many, too', () =>
    assert.throws(() => parse('[{"column_name": 7, "column_type": "int"},]'), { code: 'SchemaFileColumn' }));
  it('refuses a number for a name and shows the item', () =>
    assert.throws(() => parse('[{"column_name": 5, "column_type": "int"}]'), {
      code: 'SchemaFileColumn',
      location: { ...location, record: '{"column_name":5,"column_type":"int"}' },
    }));
  it('refuses more columns than a table can have', () => {
    const names = (count: number) =>
      JSON.stringify(Array.from({ length: count }, (_, index) => ({ column_name: `c${index}`, column_type: 'int' })));
    assert.equal(parse(names(1600)).length, 1600);
    assert.throws(() => parse(names(1601)), {
      code: 'TooManyColumns',
      location,
      message: /1601 columns; .* at most 1600/,
    });
  });
  it('refuses a NUL character in a name', () =>
    assert.throws(() => parse('[{"column_name": "a\\u0000", "column_type": "int"}]'), { code: 'SchemaFileColumn' }));
});
