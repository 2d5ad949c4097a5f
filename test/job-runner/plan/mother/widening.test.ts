import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  keepsValues,
  rewritesTable,
  widerType,
  wideningExpression,
} from '../../../../job-runner/plan/mother/widening.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../../database.ts';

/** From, to, whether PostgreSQL rewrites the table, and values with what they must be afterwards, where the text is not the same. */
const LOSSLESS: readonly [from: string, to: string, isRewritten: boolean, values: Readonly<Record<string, string>>][] =
  [
    ['smallint', 'integer', true, { '-32768': '-32768' }],
    ['integer', 'bigint', true, { '2147483647': '2147483647' }],
    ['bigint', 'numeric', true, { '9223372036854775807': '9223372036854775807' }],
    ['bigint', 'numeric(19,0)', true, { '-9223372036854775808': '-9223372036854775808' }],
    ['integer', 'numeric(12,2)', true, { '7': '7.00' }],
    ['integer', 'double precision', true, { '2147483647': '2147483647' }],
    ['smallint', 'real', true, { '-32767': '-32767' }],
    ['numeric(8,2)', 'numeric(12,2)', false, { '1.50': '1.50' }],
    ['numeric(8,2)', 'numeric', false, { '1.50': '1.50' }],
    ['numeric(8,2)', 'numeric(10,4)', true, { '1.5': '1.5000' }],
    ['real', 'numeric', true, { '0.1': '0.1', '16777217': '16777216', '1.1754944e-38': `0.${'0'.repeat(37)}11754944` }],
    ['double precision', 'numeric', true, { '0.1': '0.1', '0.12345678901234566': '0.12345678901234566', NaN: 'NaN' }],
    ['character varying(5)', 'character varying(9)', false, { 'a ': 'a ' }],
    ['character varying(5)', 'character varying', false, { 'a ': 'a ' }],
    ['character varying(5)', 'text', false, { 'a ': 'a ' }],
    ['character(3)', 'character(5)', true, { a: 'a' }],
    ['character varying(5)[]', 'character varying(9)[]', true, { '{a,NULL}': '{a,NULL}' }],
    ['integer[]', 'bigint[]', true, { '{1,NULL}': '{1,NULL}' }],
    ['double precision[]', 'numeric[]', true, { '{0.12345678901234566,NULL}': '{0.12345678901234566,NULL}' }],
    ['bit(3)', 'bit varying(5)', true, { '101': '101' }],
    ['bit(3)', 'bit varying', false, { '101': '101' }],
    ['bit varying(3)', 'bit varying(5)', false, { '1': '1' }],
    ['date', 'timestamp without time zone', true, { '2024-02-29': '2024-02-29 00:00:00', infinity: 'infinity' }],
    [
      'timestamp(3) without time zone',
      'timestamp without time zone',
      false,
      { '2024-02-29 01:02:03.456': '2024-02-29 01:02:03.456' },
    ],
    ['time(0) without time zone', 'time(3) without time zone', false, { '01:02:03': '01:02:03' }],
  ];

/** What a cast of stored values would change, or make ambiguous. */
const LOSSY: readonly [from: string, to: string, why: string][] = [
  ['bigint', 'double precision', 'more than 15 digits'],
  ['real', 'double precision', '0.1 becomes 0.10000000149011612'],
  ['numeric(4,2)', 'double precision', '0.10 becomes a binary fraction'],
  ['bit(3)', 'bit(5)', 'gets zeros on the right'],
  ['integer', 'text', '007 has become 7 when it was loaded'],
  ['boolean', 'text', '1 has become true'],
  ['character(5)', 'text', 'blanks at the end are lost'],
  ['character(5)', 'character varying(5)', 'blanks at the end are lost'],
  ['timestamp without time zone', 'timestamp with time zone', 'TimeZone would decide'],
  ['date', 'timestamp with time zone', 'TimeZone would decide'],
  ['text', 'citext', 'other texts become equal'],
  ['jsonb', 'json', 'its operators and indexes are gone'],
  ['integer', 'integer[]', 'another value'],
  ['numeric', 'numeric(10,2)', 'digits are cut'],
  ['bigint', 'integer', 'out of range'],
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`a wider type, on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    for (const [from, to, isRewritten, values] of LOSSLESS) {
      test(`${from} becomes ${to}${isRewritten ? ', which rewrites the table' : ''}, and keeps its values`, async () => {
        assert.equal(keepsValues(from, to), true);
        assert.equal(rewritesTable(from, to), isRewritten);
        await database.query(`DROP TABLE IF EXISTS t; CREATE TABLE t (n serial, c ${from})`);
        for (const value of Object.keys(values)) await database.query(`INSERT INTO t (c) VALUES ($1)`, [value]);
        const node = async () => (await database.query("SELECT pg_relation_filenode('t') AS node"))[0]?.['node'];
        const before = await node();
        const using = wideningExpression('c', from, to);
        await database.query(`ALTER TABLE t ALTER COLUMN c TYPE ${to}${using === undefined ? '' : ` USING ${using}`}`);
        assert.equal((await node()) !== before, isRewritten);
        const found = await database.query('SELECT c::text FROM t ORDER BY n');
        assert.deepEqual(
          found.map(({ c }) => (c as string).trimEnd()),
          Object.values(values).map((value) => value.trimEnd()),
        );
      });
    }
  });
}

suite('a wider type', () => {
  for (const [from, to, why] of LOSSY)
    test(`is not ${to} for ${from}: ${why}`, () => assert.equal(keepsValues(from, to), false));

  test('is the narrowest that holds both', () => {
    const cases = [
      ['integer', 'numeric(4,2)', 'numeric(12,2)'],
      ['bigint', 'double precision', 'numeric'],
      ['real', 'double precision', 'numeric'],
      ['double precision', 'bigint', 'numeric'],
      ['numeric(4,2)', 'double precision', 'numeric'],
      ['character varying(9)', 'text', 'text'],
      ['integer', 'text', undefined],
      ['bit(3)', 'bit(5)', undefined],
      ['date', 'timestamp', 'timestamp without time zone'],
    ] as const;
    for (const [from, other, wider] of cases) assert.equal(widerType(from, other), wider, `${from} and ${other}`);
  });
});
