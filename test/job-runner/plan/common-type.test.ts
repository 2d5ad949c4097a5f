import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonType } from '../../../job-runner/plan/common-type.ts';
import { isLossy } from '../../../job-runner/plan/type-compatibility.ts';
import { normaliseTypeName } from '../../../job-runner/plan/postgresql-type.ts';
import { createTestDatabase } from '../../database.ts';

/** Types and their values with the most digits, the longest text and so on, as a dump would write them. */
const EXTREMES: Record<string, string[]> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
  'numeric(4,0)': ['9999'],
  'numeric(9,0)': ['-999999999'],
  'numeric(10,2)': ['99999999.99'],
  'numeric(19,4)': ['-922337203685477.5808'],
  'numeric(20,0)': ['18446744073709551615'],
  numeric: ['123456789012345678901234567890.123456789'],
  real: ['3.402823e+38', '1.17549e-38', '0.1'],
  'double precision': ['1.7976931348623157e+308', '0.1'],
  boolean: ['true'],
  date: ['9999-12-31'],
  'timestamp(0)': ['2024-02-29 23:59:59'],
  'timestamp(3)': ['2024-02-29 23:59:59.999'],
  timestamp: ['2024-02-29 23:59:59.999999'],
  'timestamptz(3)': ['2024-02-29 23:59:59.999+14'],
  timestamptz: ['2024-02-29 23:59:59.999999-12'],
  'time(3)': ['23:59:59.999'],
  time: ['23:59:59.999999'],
  interval: ['-838:59:59.999999'],
  'varchar(5)': ['abcde'],
  'varchar(9)': ['abcdefghi'],
  text: ['any text, however long'],
  'bit(3)': ['101'],
  'bit(5)': ['10101'],
  'varbit(5)': ['10101'],
  uuid: ['00000000-0000-0000-0000-00000000000f'],
  json: ['{"a": "\\u0000"}'],
  jsonb: ['{"a": 1}'],
  bytea: ['\\x00ff'],
};

const PAIRS: readonly (readonly [string, string, string])[] = [
  ['smallint', 'integer', 'integer'],
  ['bigint', 'integer', 'bigint'],
  ['bigint', 'numeric(20,0)', 'numeric(20,0)'],
  ['smallint', 'numeric(4,2)', 'numeric(7,2)'],
  ['integer', 'numeric(10,2)', 'numeric(12,2)'],
  ['numeric(19,4)', 'integer', 'numeric(19,4)'],
  ['numeric(5,4)', 'numeric(10,0)', 'numeric(14,4)'],
  ['numeric(1000,0)', 'numeric(10,10)', 'numeric'],
  ['numeric', 'bigint', 'numeric'],
  ['real', 'double precision', 'double precision'],
  ['integer', 'real', 'double precision'],
  ['bigint', 'double precision', 'numeric'],
  ['real', 'numeric(38,10)', 'numeric'],
  ['date', 'timestamp(0)', 'timestamp(0)'],
  ['timestamp(3)', 'timestamp(6)', 'timestamp(6)'],
  ['timestamp(3)', 'timestamp', 'timestamp'],
  ['timestamp(3)', 'timestamptz(3)', 'text'],
  ['time(3)', 'time(6)', 'time(6)'],
  ['time', 'interval', 'text'],
  ['boolean', 'smallint', 'text'],
  ['varchar(5)', 'varchar(9)', 'varchar(9)'],
  ['varchar(5)', 'integer', 'text'],
  ['bytea', 'bytea', 'bytea'],
  ['bytea', 'text', 'text'],
  ['uuid', 'text', 'text'],
  ['json', 'jsonb', 'json'],
  ['bit(3)', 'bit(5)', 'text'],
  ['date', 'integer', 'text'],
  ['int[]', 'bigint[]', 'bigint[]'],
];

describe('commonType', () => {
  for (const [one, other, wanted] of PAIRS) {
    it(`is ${wanted} for ${one} and ${other}, in either order`, () => {
      assert.equal(normaliseTypeName(commonType(one, other)), normaliseTypeName(wanted));
      assert.equal(normaliseTypeName(commonType(other, one)), normaliseTypeName(wanted));
    });
  }

  it('is the type itself for two equal types', () => {
    for (const type of Object.keys(EXTREMES)) assert.equal(commonType(type, type), type);
  });
});

describe('types that hold another', () => {
  for (const version of [18, 14] as const) {
    it(`preserve its extreme values in PostgreSQL ${version}`, async () => {
      const database = await createTestDatabase(version);
      for (const [one, values] of Object.entries(EXTREMES)) {
        for (const other of Object.keys(EXTREMES)) {
          const target = commonType(one, other);
          assert.ok(!isLossy(one, target), `${one} in ${target}`);
          for (const value of values) {
            // As COPY would load it. Of a number the value counts, of anything else the text, a date's time of midnight aside.
            const isNumber = /^(smallint|integer|bigint|numeric|real|double)/.test(target) && target !== 'text';
            const [before, after] = [`($1::text::${one})::text`, `($1::text::${target})::text`];
            const same = isNumber
              ? `${before}::numeric = ${after}::numeric`
              : `regexp_replace(${after}, ' 00:00:00$', '') IN ($1, ${before})`;
            const [row] = await database.query(`SELECT ${same} AS same`, [value]);
            assert.equal(row?.['same'], true, `${value} of ${one} in ${target}`);
          }
        }
      }
    });
  }
});

describe('isLossy', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['integer', 'text', false],
    ['integer', 'varchar', false],
    ['integer', 'varchar(20)', true],
    ['varchar(5)', 'varchar(4)', true],
    ['text', 'integer', true],
    ['boolean', 'integer', true],
    ['bigint', 'integer', true],
    ['numeric(9,0)', 'integer', false],
    ['numeric(10,0)', 'integer', true],
    ['numeric(5,1)', 'integer', true],
    ['numeric', 'numeric(10,2)', true],
    ['integer', 'real', true],
    ['smallint', 'real', false],
    ['timestamp', 'timestamp(3)', true],
    ['timestamp(3)', 'date', true],
    ['timestamp', 'timestamptz', true],
    ['timestamp(3)', 'timestamp(3) without time zone', false],
    ['text', 'bytea', true],
    ['jsonb', 'json', false],
    ['int', 'int4', false],
    ['integer', '"Odd Type"', true],
  ];
  for (const [from, to, expected] of cases) {
    it(`is ${String(expected)} for ${from} in ${to}`, () => assert.equal(isLossy(from, to), expected));
  }
});
