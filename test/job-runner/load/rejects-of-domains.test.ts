import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { load } from './load-scene.ts';

/** Types whose rules are another question where a column of the base type is asked. */
const TYPES = `
  CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE colour AS ENUM ('red', 'it''s "blue"', 'a\\b');
  CREATE TYPE pair AS (x int, y int);
  CREATE DOMAIN exact AS text COLLATE any_case CHECK (VALUE <> 'RED');
  CREATE DOMAIN shade AS exact CHECK (VALUE IN ('Red', 'Blue')) CHECK (VALUE <> 'blue');
  CREATE DOMAIN word AS varchar(8) CHECK (length(VALUE) > 1);
  CREATE DOMAIN two AS pair NOT NULL CHECK ((VALUE).x IS DISTINCT FROM 5);
  CREATE DOMAIN known AS int CHECK (VALUE IS NOT NULL);
  CREATE DOMAIN few AS known NOT NULL CHECK (VALUE < 9);
  CREATE DOMAIN list AS few[] CHECK (cardinality(VALUE) < 3);
  CREATE DOMAIN paint AS colour CHECK (VALUE <> 'red')`;
const MOTHER = `
  CREATE TABLE m (id int NOT NULL, list list, batch shade, typed word COLLATE any_case CHECK (typed <> 'bad'), value two, few few, paint paint, violated colour)`;
const COLUMNS = {
  ...{ id: 'int', list: 'varchar', batch: 'varchar', typed: 'varchar', value: 'varchar', few: 'varchar' },
  ...{ paint: 'varchar', violated: 'varchar' },
};
/** The last ones of some columns are what the base type refuses, too. */
const VALUES = [
  ['{1,2}', '{}', '{1,2,3}', '{9}', '{NULL}', 'NULL', '{a', '{x}'],
  ['red', 'RED', 'blue', 'Blue', 'green', 'NULL'],
  ['ok', 'bad', 'BAD', 'a', 'tab\tand', 'NULL'],
  ['(1,2)', '(,)', '(5,1)', 'NULL', '(1)', '(a,b)'],
  ['1', '9', 'NULL', 'x'],
  ['it\'s "blue"', 'red', 'a\\b', 'Red', 'NULL'],
  ['red', 'a\\b', 'a\tb', 'NULL'],
] as const;
const GOOD = '{1,2}|Red|ok|(1,2)|1|a\\b|red';

const BAD = GOOD.replace('Red', 'green');

/** Of several batches. */
const RECORDS = 120_000;

/** Files of temporary tables, also those that go with their transaction. https://www.postgresql.org/docs/18/storage-file-layout.html */
async function temporaryFiles(database: TestDatabase): Promise<number> {
  const folder = `'base/' || (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const [row] = await database.query(
    `SELECT count(*)::int AS files FROM pg_ls_dir(${folder}) AS file WHERE file ~ '^t[0-9]+_[0-9]+$'`,
  );
  return Number(row?.['files']);
}

/** What is in the mother, and what was left out, after a load in this encoding. */
async function loadAs(database: TestDatabase, encoding: string, records: readonly string[], limit = 100) {
  await database.query('DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS v1_rides');
  const spec = `format: { quote: "", encoding: ${encoding} }\nrejects: { limit: ${limit} }`;
  const text = `${Object.keys(COLUMNS).join('|')}\n${records.join('\n')}\n`;
  const { rows } = await load(database, { text, columns: COLUMNS, mother: 'm', spec });
  const rejects = await database.query(
    'SELECT record, line, byte_offset, code, column_name, value, reason, raw FROM motherload.rejects ORDER BY record',
  );
  assert.equal(rows, records.length - rejects.length);
  return { loaded: await database.query('SELECT m::text FROM m ORDER BY id'), rejects };
}

/** Values of a batch are asked for together only if their characters are known. */
async function compare(database: TestDatabase, records: readonly string[], limit?: number) {
  const together = await loadAs(database, 'UTF8', records, limit);
  const oneByOne = await loadAs(database, 'EUC_KR', records, limit);
  assert.deepEqual(together, oneByOne);
  return together;
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects that domains of PostgreSQL ${version} refuse`, async () => {
    const database = await createTestDatabase(version);
    await database.query(TYPES + ';' + MOTHER);

    test('are those that PostgreSQL refuses of each record alone, with the same reasons', async () => {
      const record = fc
        .tuple(
          ...VALUES.map((values) =>
            fc.oneof({ weight: 2, arbitrary: fc.constant(values[0]) }, fc.constantFrom(...values)),
          ),
        )
        .map((values) => values.join('|'));
      await fc.assert(
        fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 40 }), async (records) => {
          await compare(
            database,
            records.map((values, index) => `${index}|${values}`),
          );
        }),
        { seed: 29, numRuns: 15 },
      );
    });

    test('keep their places over several batches', async () => {
      const isBad = (index: number) => index % 9_973 === 3 || index > RECORDS - 10;
      const records = Array.from({ length: RECORDS }, (_, index) => `${index}|${isBad(index) ? BAD : GOOD}`);
      const { rejects } = await compare(database, records);
      assert.deepEqual(
        rejects.map(({ record }) => Number(record) - 1),
        records.flatMap((_, index) => (isBad(index) ? [index] : [])),
      );
    });

    test('need no more disk for many batches than for one', async () => {
      const records = Array.from({ length: RECORDS }, (_, index) => `${index}|${index % 9_973 === 1 ? BAD : GOOD}`);
      let [isLoading, most] = [true, 0];
      const loading = loadAs(database, 'UTF8', records).finally(() => (isLoading = false));
      while (isLoading) most = Math.max(most, await temporaryFiles(database));
      await loading;
      // Of each of the two tables, what is too long for it and the index of that, each before and after the types were altered; and the order of the rows.
      assert(most > 0 && most <= 14, `${most} files`);
    });

    test('are asked for with the collations that PostgreSQL asks with, and NULL is not a row of NULLs', async () => {
      const { rejects } = await loadAs(database, 'UTF8', [
        '1|{}|red|ok|(1,2)|1|a\\b|red',
        '2|{}|RED|ok|(1,2)|1|a\\b|red',
        '3|{}|blue|ok|(1,2)|1|a\\b|red',
        '4|{}|BLUE|ok|(1,2)|1|a\\b|red',
        '5|{}|red|BAD|(1,2)|1|a\\b|red',
        '6|{}|red|ok|(,)|1|a\\b|red',
        '7|{}|red|ok|(,)|NULL|a\\b|red',
      ]);
      assert.deepEqual(
        rejects.map(({ record, reason }) => [Number(record), String(reason)]),
        [
          [2, 'value for domain shade violates check constraint "exact_check"'],
          [3, 'value for domain shade violates check constraint "shade_check1"'],
          [4, 'value for domain shade violates check constraint "shade_check1"'],
          [5, 'the record violates the check constraint "m_typed_check"'],
          [7, 'domain few does not allow null values'],
        ],
      );
    });

    test('are for the first bad column where a record has two or three of them, of any kinds', async () => {
      const { rejects } = await compare(database, [
        '1|{}|green|a|(5,1)|9|red|Red',
        '2|{}|red|a|(x)|1|a\\b|red',
        '3|{x}|green|ok|(1,2)|1|Red|red',
        '4|{}|red|ok|(1)|9|a\\b|nothing',
        '5|{}|red|BAD|(,)|NULL|red|red',
        '6|{}|red|bad|(1,2)|1|a\\b|nothing',
        'NULL|{}|red|bad|(1,2)|1|red|red',
        'NULL|{x}|green|a|(5,1)|9|red|Red',
      ]);
      assert.deepEqual(
        rejects.map(({ record, code, column_name }) => [Number(record), code, column_name]),
        [
          [1, 'Sql23514', 'batch'],
          [2, 'Sql23514', 'typed'],
          [3, 'Sql22P02', 'list'],
          [4, 'Sql22P02', 'value'],
          [5, 'Sql23502', 'few'],
          [6, 'Sql22P02', 'violated'],
          [7, 'Sql23502', 'id'],
          [8, 'Sql23502', 'id'],
        ],
      );
    });

    // PostgreSQL has them since 18.
    if (version === 18) {
      test('are not those that only a CHECK would refuse that is not enforced', async () => {
        await database.query('ALTER TABLE m ADD CONSTRAINT low_id CHECK (id < 2) NOT ENFORCED');
        const { rejects } = await compare(database, [`1|${GOOD}`, `2|${BAD}`, `3|${GOOD}`]);
        assert.deepEqual(
          rejects.map(({ column_name }) => column_name),
          ['batch'],
        );
        await database.query('ALTER TABLE m DROP CONSTRAINT low_id');
      });
    }
  });
}
