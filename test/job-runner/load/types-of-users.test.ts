import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bytesOfDecoded } from '../../../job-runner/plan/encoded-text.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

const TYPES = `
  CREATE DOMAIN price AS numeric(10,2);
  CREATE DOMAIN prices AS price[];
  CREATE TYPE mood AS ENUM ('sad');
  CREATE TYPE item AS (price price, name varchar(3), day date, mood mood);
  CREATE TYPE "Order" AS (id integer, item item, items item[]);
  CREATE DOMAIN one_item AS item;
  CREATE TYPE days AS RANGE (subtype = date);
  CREATE TYPE weights AS RANGE (subtype = float8);`;

/** Values by the types of the mother's columns, and how PostgreSQL spells them. */
const LOADED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'price[]': { '{1.20,NULL}': '{1.20,NULL}' },
  item: {
    '(1.2,abc,2020-01-02,sad)': '(1.20,abc,2020-01-02,sad)',
    '(,"a""b",,)': '(,"a""b",,)',
    '("1.5","a,b",20200102,)': '(1.50,"a,b",2020-01-02,)',
    '(,,,)': '(,,,)',
  },
  'item[]': { '{"(1.25,x,2020-01-02,)"}': '{"(1.25,x,2020-01-02,)"}' },
  one_item: { '(1,x,,)': '(1.00,x,,)' },
  '"Order"': { '(7,,)': '(7,,)' },
  days: { '[2020-01-02,)': '[2020-01-02,)', '[20200102,)': '[2020-01-02,)' },
  weights: { '[0.1,2)': '[0.1,2)' },
};

/** The same of values that PostgreSQL would make others of. */
const REFUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'price[]': { '{1.239}': 'ValueRounded' },
  item: {
    '(1.239,x,,)': 'ValueRounded',
    '(1,"abc  ",,)': 'ValueCut',
    '(1,abc,03/04/2020,)': 'DateOrderUnknown',
    '(1,abc,today,)': 'ValueUnclear',
    '(1,abc,2020-01-02,glad)': 'Sql22P02',
    '(1,abc)': 'Sql22P02',
  },
  'item[]': { '{"(1.239,x,,)"}': 'ValueRounded' },
  one_item: { '(1.239,x,,)': 'ValueRounded' },
  '"Order"': { '(7,"(1,x,,)",)': 'ValueUnclear', '(7,,"{""(1,x,,)""}")': 'ValueUnclear' },
  days: { '[03/04/2020,)': 'DateOrderUnknown', '[2020-01-02 10:00,)': 'TimeOfDayLost' },
  'days[]': { '{"[03/04/2020,)"}': 'DateOrderUnknown' },
  weights: { '[0.12345678901234567890,1)': 'ValueRounded' },
};

for (const version of SUPPORTED_VERSIONS)
  suite(`columns of types of the user's own in PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query(TYPES);

    async function loadValue(type: string, value: string, encoding = 'UTF8'): Promise<unknown> {
      await database.query(
        `DROP TABLE IF EXISTS v1_rides; DROP TABLE IF EXISTS rides; CREATE TABLE rides (id integer, v ${type})`,
      );
      await load(database, {
        text: `id~v\n1~${bytesOfDecoded(value, encoding).toString('latin1')}\n`,
        columns: { id: 'int', v: 'varchar(99)' },
        spec: `format: { delimiter: '~', encoding: ${encoding} }`,
      });
      return (await database.query('SELECT v::text AS v FROM v1_rides'))[0]?.['v'];
    }

    test('keep the values that they consist of', async () => {
      for (const [type, values] of Object.entries(LOADED))
        for (const [value, spelled] of Object.entries(values))
          assert.equal(await loadValue(type, value), spelled, `${type} of ${value}`);
    });

    test('keep the characters beside a part that is spelled in another way', async () => {
      for (const encoding of ['UTF8', 'WIN1250', 'LATIN2'])
        assert.equal(await loadValue('item', '(,Łód,20200102,)', encoding), '(,Łód,2020-01-02,)', encoding);
      assert.equal(await loadValue('item', '(,日本語,20200102,)'), '(,日本語,2020-01-02,)');
    });

    test('keep as many elements as there are', async () => {
      const spell = (count: number, element: string) => `{${Array.from({ length: count }, () => element).join(',')}}`;
      assert.equal(await loadValue('date[]', spell(5000, '20200102')), spell(5000, '2020-01-02'));
      const failure = await failureOf(loadValue('date[]', spell(9000, '20200102')));
      assert.deepEqual([failure.code, failure.column, failure.line], ['ValueUnclear', 'v', 2]);
      assert.match(failure.message, /too long to be spelled/);
    });

    test('refuse those that would become others', async () => {
      for (const [type, values] of Object.entries(REFUSED))
        for (const [value, code] of Object.entries(values)) {
          const failure = await failureOf(loadValue(type, value));
          assert.deepEqual([failure.code, failure.column, failure.line], [code, 'v', 2], `${type} of ${value}`);
        }
    });
  });
