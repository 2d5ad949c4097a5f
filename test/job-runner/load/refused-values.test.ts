import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

interface Refusal {
  readonly type: string;
  /** Each character is a byte. */
  readonly value: string;
  /** The type of the mother's column, where there is a mother. */
  readonly mother?: string;
  readonly format?: string;
  readonly code: string;
  readonly message: RegExp;
}

const NULL_MARKER = /is a word for NULL: set spec\.format\.nullMarker/;
const IN_MOTHER = /it is varchar\(9\) in this dump and .* in the mother rides\. Widen/;

/** A value that would become another one, or that nobody can load without knowing which field of the manifest to set. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'zeros that a postal code begins with': {
    ...{ type: 'varchar(9)', value: '007', mother: 'integer', code: 'ValueCut', message: IN_MOTHER },
  },
  'blanks around digits of a text': {
    ...{ type: 'varchar(9)', value: ' 5', mother: 'numeric(5,2)', code: 'ValueCut', message: IN_MOTHER },
  },
  'a plus before digits of a text': {
    ...{ type: 'varchar(9)', value: '+49', mother: 'double precision', code: 'ValueCut', message: IN_MOTHER },
  },
  'a backslash of a text in a mother of bytes': {
    ...{ type: 'varchar(9)', value: '\\x41', mother: 'bytea', code: 'ValueUnclear', message: IN_MOTHER },
  },
  'a number that money would round': {
    ...{
      type: 'decimal(9,3)',
      value: '1.239',
      mother: 'money',
      code: 'ValueRounded',
      message: /keeps 2: it is decimal/,
    },
  },
  'a text that a name would cut': {
    ...{ type: 'varchar(9)', value: 'x'.repeat(64), mother: 'name', code: 'ValueCut', message: IN_MOTHER },
  },
  'an element that an array would round': {
    ...{ type: 'varchar(9)', value: '{1.5,1.239}', mother: 'numeric(5,2)[]', code: 'ValueRounded', message: IN_MOTHER },
  },
  'digits that no real has': {
    ...{ type: 'real', value: '0.123456789123', code: 'ValueRounded' },
    message: /has more digits than real keeps: .* map the type real to another one/,
  },
  'digits that no float has': {
    ...{ type: 'float', value: '0.12345678901234567890123', code: 'ValueRounded' },
    message: /has more digits than double precision keeps/,
  },
  'digits of a float that a mother of real has not': {
    ...{ type: 'float', value: '0.12345678901', mother: 'real', code: 'ValueRounded' },
    message: /has more digits than real keeps: it is float in this dump and real in the mother rides\. Widen/,
  },
  'digits of a decimal that a mother of real has not': {
    ...{ type: 'decimal(17,9)', value: '16777216.000000001', mother: 'real', code: 'ValueRounded' },
    message: /has more digits than real keeps: it is decimal\(17,9\) in this dump and real in the mother rides/,
  },
  'a whole number that a mother of real has not': {
    ...{ type: 'bigint', value: '9007199254740993', mother: 'real', code: 'ValueRounded', message: /it is bigint/ },
  },
  'digits of a text that a mother of real has not': {
    ...{ type: 'varchar(9)', value: '0.10000000149011612', mother: 'real', code: 'ValueRounded', message: IN_MOTHER },
  },
  'a text of which "char" keeps one byte': {
    ...{ type: 'varchar(9)', value: 'xyz', mother: '"char"', code: 'ValueCut', message: IN_MOTHER },
  },
  'a coordinate that a point would round': {
    ...{ type: 'varchar(99)', value: '(0.12345678901234567890,1)', mother: 'point', code: 'ValueRounded' },
    message: /has a coordinate with more digits than point keeps: it is varchar\(99\)/,
  },
  'a bound that a range would round': {
    ...{ type: 'varchar(99)', value: '[2020-01-02 03:04:05.12345678,)', mother: 'tsrange', code: 'ValueRounded' },
    message: /has a bound that has more digits of a second than the 6 .*: it is varchar\(99\)/,
  },
  'a time of day that a range of days has not': {
    ...{ type: 'varchar(99)', value: '[2020-01-02 03:04,2020-01-05)', mother: 'daterange', code: 'TimeOfDayLost' },
    message: /has a bound that has a time of day/,
  },
  'a number below zero that an oid would wrap': {
    ...{ type: 'int', value: '-1', mother: 'oid', code: 'ValueUnclear', message: /is not a number of the type oid/ },
  },
  'another word for NULL in a number': { type: 'int', value: '\\N', code: 'ValueIsNull', message: NULL_MARKER },
  'another word for NULL in a date': { type: 'date', value: 'null', code: 'ValueIsNull', message: NULL_MARKER },
  'bytes of another encoding': {
    ...{ type: 'varchar(9)', value: 'Zo\xeb', format: 'encoding: UTF8', code: 'Sql22021' },
    message: /0xeb.*: set spec\.format\.encoding to the file's, for example WIN1252, since these bytes are not UTF8/,
  },
  'a NUL byte': { type: 'varchar(9)', value: 'a\0b', code: 'Sql22021', message: /has no NUL byte/ },
};

suite('a value that would not be the same', async () => {
  const database = await createTestDatabase();

  async function loadValue(type: string, value: string, mother: string | undefined, format = ''): Promise<void> {
    await database.query('DROP TABLE IF EXISTS v1_rides; DROP TABLE IF EXISTS rides');
    if (mother !== undefined) await database.query(`CREATE TABLE rides (id integer, value ${mother})`);
    await load(database, {
      text: `id|value\n1|\n2|${value}\n`,
      columns: { id: 'int', value: type },
      mother: mother === undefined ? undefined : 'rides',
      spec: `format: { nullMarker: '', ${format} }`,
    });
  }

  for (const [title, { type, value, mother, format, code, message }] of Object.entries(REFUSALS))
    test(`is refused with what to do: ${title}`, async () => {
      const failure = await failureOf(loadValue(type, value, mother, format));
      assert.deepEqual([failure.kind, failure.code, failure.column, failure.line], ['Data', code, 'value', 3]);
      assert.match(failure.message, message);
    });

  test('is loaded where it is: numbers as a source writes them, in a mother that has them as such', async () => {
    for (const [value, mother] of [
      ['42', 'integer'],
      ['-0.50', 'numeric(5,2)'],
      ['0', 'bigint'],
      ['1e5', 'double precision'],
      ['0x41', 'bytea'],
      ['1.25', 'money'],
      ['{1.25,NULL}', 'numeric(5,2)[]'],
      ['x', '"char"'],
      ['(0.1,-2)', 'point'],
      ['[2,5)', 'int4range'],
      ['[1.50,)', 'numrange'],
    ] as const) {
      await loadValue('varchar(9)', value, mother);
      const [row] = await database.query("SELECT value::text AS value FROM v1_rides WHERE id = '2'");
      const expected = { '1e5': '100000', '0x41': '\\x30783431', '1.25': '$1.25' }[value as string] ?? value;
      assert.equal(row?.['value'], expected);
    }
  });

  test('is reported where it is a moment without the offset that its type has in the source', async () => {
    const moments = ['2020-01-01 00:00:00', '2020-01-01 02:00:00.0000000 +02:00', '2020-01-01'];
    for (const { type, spec, count } of [
      { type: 'datetimeoffset(7)', spec: '', count: '2 values have no offset' },
      { type: 'timestamp with time zone', spec: 'dialect: postgresql', count: '2 values have no offset' },
      { type: 'timestamp', spec: 'dialect: mysql', count: '' },
    ]) {
      await database.query('DROP TABLE IF EXISTS v1_rides, rides CASCADE');
      const { warnings } = await load(database, {
        text: `id|value\n${moments.map((moment, index) => `${index}|${moment}\n`).join('')}`,
        columns: { id: 'int', value: type },
        mother: undefined,
        spec: `format: { ${spec} }`,
      });
      assert.equal(warnings.map((warning) => /^\d+ values have no offset|$/.exec(warning)?.[0]).join(), count);
      const rows = await database.query("SELECT DISTINCT value AT TIME ZONE 'UTC' AS value FROM v1_rides");
      assert.equal(rows.length, 1);
    }
  });
});
