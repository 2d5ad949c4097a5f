import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { quoteLiteral } from '../../../job-runner/plan/sql.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load } from './load-scene.ts';

/** Hostile names and labels; a column that is called as a domain's expressions call their value; columns that the batch's own ones must not be called. */
const TYPES = `
  CREATE TYPE colour AS ENUM ('red', 'it''s "blue"', 'a\\b', ' ');
  CREATE DOMAIN paint AS colour NOT NULL CHECK (VALUE <> 'red');
  CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900) CONSTRAINT "no ""zero""" CHECK (VALUE <> 0);
  CREATE DOMAIN low_fare AS fare CHECK (VALUE < 10);
  CREATE DOMAIN short AS varchar(5) CHECK (length(VALUE) > 1);`;
const MOTHER = `
  CREATE TABLE bikes (shade colour DEFAULT 'red', row_order colour CHECK (row_order <> ' '), ride_id integer, value low_fare, violated paint, name short,
    doubled numeric GENERATED ALWAYS AS (ride_id * 2) STORED CHECK (doubled <> 28),
    CONSTRAINT two_colours CHECK (violated::text <> row_order::text))`;
const COLUMNS = {
  ...{ ride_id: 'int', value: 'decimal(8,2)', row_order: 'varchar', violated: 'varchar', name: 'varchar' },
};
const BAD: readonly (readonly [
  record: string,
  code: string,
  column: string | null,
  value: string | null,
  reason: RegExp,
])[] = [
  ['2|1|Red|a\\b|ab', 'Sql22P02', 'row_order', 'Red', /^invalid input value for enum colour: "Red"/],
  ['3|1|red |a\\b|ab', 'Sql22P02', 'row_order', 'red ', /^invalid input value for enum colour: "red "/],
  ['4|1|red|red|ab', 'Sql23514', 'violated', 'red', /^value for domain paint violates check constraint "paint_check"/],
  ['5|1|red|gr\tn|ab', 'Sql22P02', 'violated', 'gr\\tn', /^invalid input value for enum colour: "gr\tn"/],
  ['6|1|red|NULL|ab', 'Sql23502', 'violated', null, /^domain paint does not allow null values/],
  ['7|1| |a\\b|ab', 'Sql23514', null, null, /violates the check constraint "bikes_row_order_check"/],
  [
    '8|950|red|a\\b|ab',
    'Sql23514',
    'value',
    '950',
    /^value for domain low_fare violates check constraint "fare_check"/,
  ],
  [
    '9|20|red|a\\b|ab',
    'Sql23514',
    'value',
    '20',
    /^value for domain low_fare violates check constraint "low_fare_check"/,
  ],
  ['10|0|red|a\\b|ab', 'Sql23514', 'value', '0', /^value for domain low_fare violates check constraint "no "zero""/],
  ['11|1|a\\b|a\\b|ab', 'Sql23514', null, null, /violates the check constraint "two_colours"/],
  ['12|1|red|a\\b|a', 'Sql23514', 'name', 'a', /^value for domain short violates check constraint "short_check"/],
  ['13|1|red|a\\b|abcdef', 'Sql22001', 'name', 'abcdef', /^the value is too long for the type character varying\(5\)/],
  ['14|1|red|a\\b|ab', 'Sql23514', null, null, /violates the check constraint "bikes_doubled_check"/],
  ['16|950|Red|red|a', 'Sql23514', 'value', '950', /^value for domain low_fare/],
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects that the column types of PostgreSQL ${version} refuse`, async () => {
    const database = await createTestDatabase(version);

    const loadRecords = async (records: readonly string[]) => {
      await database.query(`DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS v1_rides`);
      const text = `ride_id|value|row_order|violated|name\n${records.join('\n')}\n`;
      await load(database, {
        text,
        columns: COLUMNS,
        mother: 'bikes',
        spec: 'format: { quote: "" }\nrejects: { limit: 20 }',
      });
      const found = await database.query(
        'SELECT code, column_name, value, reason FROM motherload.rejects ORDER BY record',
      );
      return found.map((row) => [row['code'], row['column_name'], row['value'], row['reason']]);
    };

    /** PostgreSQL's own message for the record alone. */
    const insertError = async (record: string) => {
      const values = record.split('|').map((value) => (value === 'NULL' ? value : quoteLiteral(value)));
      const insert = `INSERT INTO bikes (${Object.keys(COLUMNS).join(', ')}) VALUES (${values.join(', ')})`;
      try {
        await database.query(insert);
        return 'it is inserted';
      } catch (error) {
        return (error as Error).message;
      }
    };

    test('name what COPY names for each, be they enums or domains over domains and enums', async () => {
      await database.query(TYPES + MOTHER);
      const good = ['1|1|red|it\'s "blue"|ab', '15|NULL|NULL|a\\b|NULL'];
      const together = await loadRecords([...good, ...BAD.map(([record]) => record)]);
      assert.deepEqual(
        together.map((found) => found.slice(0, 3)),
        BAD.map(([, code, column, value]) => [code, column, value]),
      );
      for (const [index, [record, code, column, , reason]] of BAD.entries()) {
        const said = String(together[index]?.[3]);
        assert.match(said, reason);
        // The reader knows better what is too long, and INSERT reads the columns in another order.
        if (column !== null && code !== 'Sql22001' && !record.startsWith('16|'))
          assert.equal(said, await insertError(record));
      }
      assert.deepEqual(
        await database.query(
          'SELECT ride_id, value::text, row_order::text, violated::text, name, shade::text, doubled::int FROM bikes ORDER BY 1',
        ),
        [
          {
            ride_id: 1,
            value: '1.00',
            row_order: 'red',
            violated: 'it\'s "blue"',
            name: 'ab',
            shade: 'red',
            doubled: 2,
          },
          { ride_id: 15, value: null, row_order: null, violated: 'a\\b', name: null, shade: 'red', doubled: 30 },
        ],
      );
    });
  });
}
