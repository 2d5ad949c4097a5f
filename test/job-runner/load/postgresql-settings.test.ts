import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { to as copyTo } from 'pg-copy-streams';
import { createTestDatabase } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

/** A column of each type whose spelling is decided by a setting of the session that writes it; no moment of the session's own zone is among them. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  interval: ["'-1 days -00:00:01'", "'1 year 2 mons -3 days 04:05:06.789'", "'0'", "'-2 years -3 mons'", "'-5 days'"],
  'interval day to second': ["'-1 days -00:00:01.5'", "'3 days'", "'0'", "'-00:00:01'", 'NULL'],
  'interval year to month': ["'-1 year -2 mons'", "'3 mons'", "'0'", 'NULL', "'-3 mons'"],
  'interval[]': ["ARRAY['-1 days -00:00:01', '0', NULL]::interval[]", "'{}'", 'NULL', 'NULL', 'NULL'],
  'money[]': ["ARRAY['1234.5', '-0.05', NULL]::money[]", "'{}'", 'NULL', 'NULL', 'NULL'],
  date: ["'2024-02-01'", "'infinity'", 'NULL', "'1999-12-31'", "'-infinity'"],
  'date[]': ["'{2024-02-01,infinity}'", "'{}'", 'NULL', 'NULL', 'NULL'],
  daterange: ["'[2024-02-01,2024-03-04)'", "'[infinity,)'", 'NULL', "'empty'", "'(,)'"],
  datemultirange: ["'{[2024-02-01,2024-03-04)}'", "'{}'", 'NULL', 'NULL', 'NULL'],
  'daterange[]': [`'{"[2024-02-01,2024-03-04)"}'`, "'{}'", 'NULL', 'NULL', 'NULL'],
  'timestamp without time zone': ["'2024-02-01 03:04:05.678'", 'NULL', 'NULL', 'NULL', 'NULL'],
  'bytea[]': [String.raw`ARRAY['\xabcd', '\x61626364', NULL]::bytea[]`, "'{}'", 'NULL', 'NULL', 'NULL'],
};
/** `money` is a decimal number in the version table. */
const TEXTS: Readonly<Record<string, string>> = { 'money[]': '::numeric[]::text' };

suite('what PostgreSQL writes with other settings than its own', async () => {
  const database = await createTestDatabase();

  async function loadWritten(settings: string, types: readonly string[], spec: string): Promise<void> {
    const rows = [0, 1, 2, 3, 4].map((row) => `(${[row, ...types.map((type) => COLUMNS[type]?.[row])].join(', ')})`);
    await database.query(`
      DROP TABLE IF EXISTS v1_rides;
      DROP TABLE IF EXISTS source;
      CREATE TABLE source (at integer, ${types.map((type, index) => `c${index} ${type}`).join(', ')});
      INSERT INTO source VALUES ${rows.join(', ')};
      ${settings}`);
    const parts: Buffer[] = [];
    for await (const part of database.client.query(copyTo('COPY source TO STDOUT'))) parts.push(part as Buffer);
    await database.query('RESET ALL');
    const columns = Object.fromEntries(types.map((type, index) => [`c${index}`, type]));
    const text = Buffer.concat(parts).toString('latin1');
    await load(database, { text, columns: { at: 'integer', ...columns }, mother: undefined, spec });
  }

  async function assertEqual(types: readonly string[]): Promise<void> {
    const names = types.map((type, index) => `c${index}${TEXTS[type] ?? '::text'}`).join(', ');
    const [loaded, source] = await Promise.all(
      ['v1_rides', 'source'].map(async (table) => await database.query(`SELECT ${names} FROM ${table} ORDER BY at`)),
    );
    assert.deepEqual(loaded, source);
  }

  const types = Object.keys(COLUMNS);
  const dated = types.filter((type) => /date|timestamp/.test(type));

  for (const style of ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'])
    test(`is loaded as it was: IntervalStyle ${style}`, async () => {
      await loadWritten(`SET IntervalStyle = ${style}`, types, 'format: { preset: postgres-copy }');
      await assertEqual(types);
    });

  for (const [style, dateOrder] of Object.entries({ 'SQL, DMY': 'DMY', 'SQL, MDY': 'MDY', German: 'DMY' })) {
    test(`is loaded as it was where spec.format.dateOrder says how: DateStyle ${style}`, async () => {
      const spec = `format: { preset: postgres-copy, dateOrder: ${dateOrder} }`;
      await loadWritten(`SET DateStyle = ${style}`, types, spec);
      await assertEqual(types);
    });

    test(`is refused where nothing says how: DateStyle ${style}`, async () => {
      for (const type of dated) {
        const loading = loadWritten(`SET DateStyle = ${style}`, [type], 'format: { preset: postgres-copy }');
        const { code, line, column } = await failureOf(loading);
        assert.deepEqual([code, line, column], ['DateOrderUnknown', 1, 'c0'], type);
      }
    });
  }

  test('is refused where dates are words: DateStyle Postgres', async () => {
    const loading = loadWritten(
      'SET DateStyle = Postgres',
      ['timestamp without time zone'],
      'format: { preset: postgres-copy }',
    );
    const { code, message } = await failureOf(loading);
    assert.equal(code, 'ValueUnclear');
    assert.match(message, /: export it with DateStyle ISO/);
  });

  suite('bytes that look like hexadecimal digits', () => {
    const columns = { at: 'integer', c: 'bytea' };
    for (const preset of ['postgres-copy', 'csv, dialect: postgresql, header: false, delimiter: "\\t"']) {
      test(`are refused, for with bytea_output = escape they are letters: ${preset}`, async () => {
        for (const value of ['abcd', '0xabcd', 'xabcd']) {
          const spec = `format: { preset: ${preset} }`;
          const failure = await failureOf(load(database, { text: `1\t${value}\n`, columns, mother: undefined, spec }));
          assert.equal(failure.code, 'NotHexadecimal');
          assert.match(
            failure.message,
            /does not begin with \\x .* bytea_output = hex, or set spec\.format\.binaryValues/,
          );
        }
      });
    }

    test('are digits where spec.format.binaryValues says so', async () => {
      await database.query('DROP TABLE IF EXISTS v1_rides');
      const spec = 'format: { preset: postgres-copy, binaryValues: Hex }';
      await load(database, { text: '1\tabcd\n2\t\\\\x41\n', columns, mother: undefined, spec });
      assert.deepEqual(await database.query('SELECT c::text FROM v1_rides ORDER BY at'), [
        { c: '\\xabcd' },
        { c: '\\x41' },
      ]);
    });

    test('are nothing where nothing is written', async () => {
      await database.query('DROP TABLE IF EXISTS v1_rides');
      const spec = 'format: { preset: postgres-copy }';
      await load(database, { text: '1\t\n2\t\\\\x\n3\t\\N\n', columns, mother: undefined, spec });
      assert.deepEqual(await database.query('SELECT c::text FROM v1_rides ORDER BY at'), [
        { c: '\\x' },
        { c: '\\x' },
        { c: null },
      ]);
    });
  });
});
