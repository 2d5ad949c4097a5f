import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { fuzz } from '../../fuzz.ts';
import { failureOf, load } from './load-scene.ts';

/** Column types with values as SQL. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  integer: ['1', '-2147483648', 'NULL', '0', '2'],
  bigint: ['9223372036854775807', 'NULL', '-1', '0', '2'],
  'numeric(12,4)': ["'NaN'", '-12345678.1234', '0', 'NULL', '1.5'],
  numeric: ["'NaN'", '1e200', '0.000000000000000000000000001', 'NULL', '-0'],
  real: ["'-Infinity'", '0.1', "'NaN'", '1e-30', '16777216'],
  'double precision': ["'Infinity'", '0.1', "'NaN'", '1e-300', '9007199254740993'],
  boolean: ['true', 'false', 'NULL', 'true', 'false'],
  date: ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'12345-06-07'", "'2024-02-29'"],
  'timestamp without time zone': [
    "'infinity'",
    "'4713-01-01 00:00:01 BC'",
    "'20240-01-02 03:04:05.678901'",
    'NULL',
    "'1999-12-31 23:59:59.999999'",
  ],
  'timestamp(3) with time zone': [
    "'-infinity'",
    "'0001-01-01 00:00:00+00 BC'",
    "'2024-03-31 02:30:00.125+02'",
    'NULL',
    "'10000-01-01 00:00+00'",
  ],
  'time without time zone': ["'24:00:00'", "'00:00:00.000001'", 'NULL', "'12:34:56'", "'01:02:03.4'"],
  'time with time zone': ["'24:00:00-15:59'", "'01:02:03+05:30'", 'NULL', "'12:00+00'", "'00:00:00.1-03'"],
  interval: ["'1 year -2 days 03:04:05.678'", "'-1 mon'", 'NULL', "'0'", "'100 hours'"],
  text: [String.raw`E'\b\f\n\r\t\v\\ \\N \\. \x01|'`, "''", String.raw`E'\\N'`, String.raw`E'\\.'`, 'NULL'],
  'character varying(5)': ["'Zoë🐘'", "'NULL'", 'NULL', "' '", "''"],
  'character(3)': ["'a'", "'abc'", 'NULL', "''", "'é'"],
  bytea: [String.raw`'\x00ff5c0a09'`, String.raw`'\x'`, 'NULL', String.raw`'\x4142'`, String.raw`'\x5c785c'`],
  'bit(3)': ["B'101'", "B'000'", 'NULL', "B'111'", "B'001'"],
  'bit varying(9)': ["B'10'", "B''", 'NULL', "B'111111111'", "B'0'"],
  uuid: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", 'NULL', "'00000000-0000-0000-0000-000000000000'", 'NULL', 'NULL'],
  jsonb: [String.raw`'{"a\n": [1, "\\", null]}'`, "'[]'", 'NULL', `'"x"'`, "'1e5'"],
  inet: ["'::1/64'", "'10.0.0.1'", 'NULL', "'1.2.3.0/24'", "'::'"],
  'integer[]': ["'{{1,2},{3,NULL}}'", "'{}'", 'NULL', "'[0:1]={1,2}'", "'{5}'"],
  'text[]': [String.raw`ARRAY['a"b', E'\\', 'NULL', NULL, '', E'\t']`, "'{}'", 'NULL', "'{a}'", `'{"{}"}'`],
  int8multirange: ["'{[1,2),[5,)}'", "'{}'", 'NULL', "'{(,)}'", "'{[-3,-2]}'"],
  tstzmultirange: [
    `'{["2024-01-01 00:00+00",infinity)}'`,
    "'{}'",
    'NULL',
    "'{(,)}'",
    `'{[-infinity,"0044-03-15 00:00+00 BC"]}'`,
  ],
  'nummultirange[]': [`ARRAY['{[1.50,2)}'::nummultirange, '{}']`, "'{}'", 'NULL', "'{NULL}'", `'{"{(,)}"}'`],
  tstzrange: ["'[2024-01-01 00:00+00,)'", "'empty'", 'NULL', "'(,)'", "'(-infinity,infinity)'"],
};

for (const version of SUPPORTED_VERSIONS) {
  suite(`what PostgreSQL ${version} itself writes`, async () => {
    const database = await createTestDatabase(version);
    const rows = [0, 1, 2, 3, 4].map(
      (row) =>
        `(${row}, ${Object.values(COLUMNS)
          .map((values) => values[row])
          .join(', ')})`,
    );
    await database.query(`
      SET TimeZone = 'Pacific/Chatham';
      CREATE TABLE source (at integer, ${Object.keys(COLUMNS)
        .map((type, index) => `c${index} ${type}`)
        .join(', ')});
      INSERT INTO source VALUES ${rows.join(', ')}`);

    async function write(options: string): Promise<string> {
      const parts: Buffer[] = [];
      for await (const part of database.client.query(copyTo(`COPY source TO STDOUT WITH (${options})`)))
        parts.push(part as Buffer);
      return Buffer.concat(parts).toString('latin1');
    }

    async function schemaOf(table: string): Promise<Record<string, string>> {
      const columns = await database.query(
        'SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum',
        [table],
      );
      return Object.fromEntries(columns.map(({ attname, type }) => [String(attname), String(type)]));
    }

    for (const [options, format] of Object.entries({
      'FORMAT text': 'preset: postgres-copy',
      'FORMAT text, HEADER': 'preset: postgres-copy, header: true',
      "FORMAT text, DELIMITER '|', NULL 'x'": `preset: postgres-copy, delimiter: '|', nullMarker: x`,
      'FORMAT csv, HEADER': 'preset: csv, dialect: postgresql',
      'FORMAT csv, FORCE_QUOTE *': 'preset: csv, dialect: postgresql, header: false',
    })) {
      // The text format has a header since version 15.
      if (version === 14 && options.includes('text, HEADER')) continue;
      test(`is loaded with every value and type as it was: ${options}`, async () => {
        await database.query('DROP TABLE IF EXISTS v1_rides');
        const columns = await schemaOf('source');
        await load(database, { text: await write(options), columns, mother: undefined, spec: `format: { ${format} }` });
        const names = Object.keys(columns).map((name) => `${name}::text`);
        const read = async (table: string) =>
          await database.query(`SELECT ${names.join(', ')} FROM ${table} ORDER BY at`);
        assert.deepEqual(await read('v1_rides'), await read('source'));
        assert.deepEqual(await schemaOf('v1_rides'), columns);
      });
    }
  });
}

test('a byte of the type "char" is the text that PostgreSQL writes for it', async () => {
  const database = await createTestDatabase();
  await database.query(
    `CREATE TABLE source (at integer, c "char"); INSERT INTO source VALUES (1, 'x'), (2, ''), (3, '\\303'), (4, NULL), (5, ' ')`,
  );
  const parts: Buffer[] = [];
  for await (const part of database.client.query(copyTo('COPY source TO STDOUT'))) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('latin1');
  await load(database, {
    ...{ text, columns: { at: 'integer', c: String.raw`\"char\"` }, mother: undefined },
    spec: 'format: { preset: postgres-copy }',
  });
  const read = async (table: string) => await database.query(`SELECT c::text FROM ${table} ORDER BY at`);
  assert.deepEqual(await read('v1_rides'), await read('source'));
});

suite("COPY's text format", async () => {
  const database = await createTestDatabase();
  const spec = 'format: { preset: postgres-copy }';
  const columns = { a: 'text', b: 'text' };

  async function loadAnew(text: string): Promise<unknown[][]> {
    await database.query('DROP TABLE IF EXISTS v1_rides');
    await load(database, { text, columns, mother: undefined, spec });
    return (await database.query('SELECT a, b FROM v1_rides ORDER BY ctid')).map((row) => Object.values(row));
  }

  test('is read as COPY reads it, whatever escapes it has', async () => {
    const piece = fc.constantFrom(
      ...[
        '\\',
        '\\x',
        '\\x4',
        '\\x4f',
        '\\7',
        '\\101',
        '\\1012',
        '\\n',
        '\\v',
        '\\q',
        '\\\\',
        '\\N',
        'a',
        '8',
        'f',
        ' ',
        '\\\t',
        '\\.x',
      ],
    );
    const field = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(''));
    const records = fc.sample(fc.tuple(field, field), fuzz(7, 300)).map((fields) => fields.join('\t'));
    const taken: string[] = [];
    await database.query('CREATE TABLE read (a text, b text)');
    for (const record of records) {
      await database.query('TRUNCATE read');
      const stream = database.client.query(copyFrom('COPY read FROM STDIN'));
      const result = await new Promise((resolve) =>
        stream
          .on('error', resolve)
          .on('finish', () => resolve(undefined))
          .end(`${record}\n`),
      );
      // A NUL or a delimiter too many: neither takes it.
      if (result !== undefined) {
        await failureOf(loadAnew(`${record}\n`));
        continue;
      }
      const expected = (await database.query('SELECT a, b FROM read')).map((row) => Object.values(row));
      if (expected.length === 0) continue;
      assert.deepEqual(await loadAnew(`${record}\n`), expected, JSON.stringify(record));
      taken.push(record);
    }
    assert.ok(taken.length > 20);
  });

  test('ends with \\. if it has that line', async () => {
    assert.deepEqual(await loadAnew('1\t2\n\\.\n'), [['1', '2']]);
    assert.deepEqual(await loadAnew('1\t2\n\\.'), [['1', '2']]);
    assert.deepEqual(await loadAnew('1\t2\n\\.\r\n\n'), [['1', '2']]);
    const { code } = await failureOf(loadAnew('1\t2\n\\.\n3\t4\n'));
    assert.equal(code, 'DataBehindEnd');
  });
});
