import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { connect } from '../../../job-runner/database/connection.ts';
import { replayTable } from '../../../job-runner/load/replay.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { load, taskOf } from './load-scene.ts';

const TYPES = `
  CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE colour AS ENUM ('red', 'blue');
  CREATE DOMAIN few AS int CHECK (VALUE < 9);
  CREATE SCHEMA alone`;

/** Without the enum all of it is copied as binary. Columns are called like those of the questions that are asked. */
const tableOf = (paint: string) =>
  `(id int NOT NULL CHECK (id > 0), few few, "row" text COLLATE any_case, key char(3), amount numeric(8,2), asked ${paint}, filler text, shade int DEFAULT 3,
    twice int GENERATED ALWAYS AS (id * 2) STORED)`;
const COLUMNS = {
  ...{ id: 'int', few: 'int', row: 'varchar', key: 'char(3)', amount: 'decimal(8,2)', asked: 'varchar' },
  filler: 'varchar',
};
type Column = keyof typeof COLUMNS;

const unique = (definition: string) => `CREATE UNIQUE INDEX @ ON # ${definition}`;
/** `@` stands for the index, and `#` for its table. */
const KEYS = [
  'ALTER TABLE # ADD CONSTRAINT @ UNIQUE (id, few)',
  ...[
    '("row")',
    '(key, few)',
    '(few, amount, "row") INCLUDE (shade)',
    '(asked)',
    '(twice)',
    '(shade, amount)',
    '(lower("row"), (few + 1))',
    '("row") WHERE few > 2',
    '(few) WHERE amount IS NOT NULL',
    '("row" COLLATE "C" DESC NULLS LAST)',
    "((ARRAY[few::int, id])) WHERE key = 'a'",
    // Of the rows that it is about it can be asked, and not of the others.
    '((6 / (few - 1))) WHERE few > 1',
  ].map(unique),
];
/** PostgreSQL has them since 15. */
const KEYS_SINCE_15 = ['(few) NULLS NOT DISTINCT', '(few, "row", asked) NULLS NOT DISTINCT WHERE amount > 1'].map(
  unique,
);
/** With one of these all keys are left to PostgreSQL, record by record. */
const OTHER_KEYS = [
  'ALTER TABLE # ADD CONSTRAINT @ EXCLUDE USING hash (few WITH =)',
  unique('(key bpchar_pattern_ops)'),
  unique('((12 / (few - 2)), amount)'),
];

const BAD: readonly Partial<Readonly<Record<Column, string>>>[] = [
  { id: 'x' },
  { id: '-1' },
  { few: '9' },
  { id: 'NULL' },
];
/** For the value `long`: ends a batch. */
const FILLER = 'filler '.repeat(620_000);

const record = fc
  .tuple(
    fc.record({
      id: fc.integer({ min: 1, max: 12 }).map(String),
      few: fc.constantFrom('1', '2', '3', '4', 'NULL'),
      row: fc.constantFrom('a', 'A', 'b', 'c d', 'é', 'NULL'),
      key: fc.constantFrom('a', 'b', 'abc', 'NULL'),
      amount: fc.constantFrom('1.00', '1', '2.5', 'NULL'),
      asked: fc.constantFrom('red', 'blue', 'NULL'),
      filler: fc.oneof({ weight: 25, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constant('long') }),
    }),
    fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constantFrom(...BAD) }),
  )
  .map(([good, bad]): Readonly<Record<Column, string>> => ({ ...good, ...bad }));

interface Scene {
  readonly paint: string;
  /** In the order in which they are made. */
  readonly keys: readonly string[];
  readonly streams: number;
  readonly records: readonly Readonly<Record<Column, string>>[];
}

const indexed = (keys: readonly string[], table: string, name: (key: number) => string) =>
  keys.map((key, number) => key.replace('#', table).replace('@', name(number)));

/** What a record is refused for. */
interface Refusal {
  readonly record: number;
  readonly code: string;
  /** Of a key, with the name of the index. */
  readonly reason: string;
}

interface Loaded {
  readonly rows: readonly unknown[];
  readonly refused: readonly Refusal[];
}

const VALUES = 'id, few::int, "row", key, amount::text, asked::text, length(filler) > 0 AS filler, shade, twice';

/** Each record by an INSERT of its own. */
async function insertEach(database: TestDatabase, { paint, keys, records }: Scene): Promise<Loaded> {
  const indexes = indexed(keys, 'alone.m', (number) => `v1_rides_key_${number}`);
  await database.query(`DROP TABLE IF EXISTS alone.m; CREATE TABLE alone.m ${tableOf(paint)}; ${indexes.join('; ')}`);
  const names = Object.keys(COLUMNS) as Column[];
  const insert = `INSERT INTO alone.m (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')})`;
  const refused = [];
  for (const [number, values] of records.entries()) {
    const parameters = names.map((name) => (values[name] === 'NULL' ? null : values[name]));
    const error = await database.query(insert, parameters).then(
      () => undefined,
      (reason: unknown) => reason as { code: string; message: string; detail?: string },
    );
    if (error !== undefined) refused.push(refusal(number, `Sql${error.code}`, `${error.message} (${error.detail})`));
  }
  return { rows: await database.query(`SELECT ${VALUES} FROM alone.m ORDER BY m::text`), refused };
}

function refusal(number: number, code: string, reason: string): Refusal {
  return { record: number + 1, code, reason: code === 'Sql23505' || code === 'Sql23P01' ? reason : '' };
}

async function loadAll(database: TestDatabase, { paint, keys, streams, records }: Scene): Promise<Loaded> {
  const indexes = indexed(keys, 'm', (number) => `key_${number}`);
  await database.query(
    `DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS m CASCADE; CREATE TABLE m ${tableOf(paint)}; ${indexes.join('; ')}`,
  );
  const names = Object.keys(COLUMNS) as Column[];
  const lines = [names.join('|'), ...records.map((values) => names.map((name) => values[name]).join('|'))];
  const text = Buffer.from(`${lines.join('\n')}\n`.replaceAll('|long\n', `|${FILLER}\n`)).toString('latin1');
  const spec = `format: { quote: "", encoding: UTF8 }\nrejects: { percent: 100 }\nloading: { streamsPerTable: ${streams} }`;
  const { rows, rejects } = await load(database, { text, columns: COLUMNS, mother: 'm', spec });
  const found = await database.query('SELECT record::int, code, reason FROM motherload.rejects ORDER BY record');
  assert.deepEqual([rows, rejects], [records.length - found.length, found.length]);
  return {
    rows: await database.query(`SELECT ${VALUES} FROM m ORDER BY m::text`),
    refused: found.map(({ record: number, code, reason }) => refusal(Number(number) - 1, String(code), String(reason))),
  };
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects that keys of PostgreSQL ${version} refuse`, async () => {
    const database = await createTestDatabase(version);
    await database.query(TYPES);
    const keys = version === 18 ? [...KEYS, ...KEYS_SINCE_15] : KEYS;
    const compare = async (scene: Scene) => {
      const expected = await insertEach(database, scene);
      assert.deepEqual(await loadAll(database, scene), expected);
    };

    test('are those that PostgreSQL refuses of records one by one, for the same key', async () => {
      const scene = fc.record({
        paint: fc.constantFrom('text', 'colour'),
        keys: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 }),
        streams: fc.constantFrom(1, 2),
        records: fc.array(record, { minLength: 2, maxLength: 80, size: 'max' }),
      });
      await fc.assert(fc.asyncProperty(scene, compare), { seed: 31, numRuns: 15 });
    });

    test('are found where a key is of a kind that is not asked for all records at once', async () => {
      const scene = fc.record({
        paint: fc.constantFrom('text', 'colour'),
        keys: fc
          .tuple(fc.constantFrom(...OTHER_KEYS), fc.constantFrom(...keys), fc.boolean())
          .map(([other, key, isFirst]) => (isFirst ? [other, key] : [key, other])),
        streams: fc.constant(1),
        records: fc.array(record, { minLength: 2, maxLength: 40, size: 'max' }),
      });
      await fc.assert(fc.asyncProperty(scene, compare), { seed: 37, numRuns: 4 });
    });

    test('are found where the dump lacks a key that is another number each time', async () => {
      await database.query(
        'DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS m CASCADE; CREATE TABLE m (number serial PRIMARY KEY, id int, "row" text UNIQUE)',
      );
      const text = 'id|row\n1|a\n2|b\n3|a\n4|c\n5|c\n';
      await load(database, {
        text,
        columns: { id: 'int', row: 'varchar' },
        mother: 'm',
        spec: 'rejects: { limit: 2 }',
      });
      assert.deepEqual(
        (await database.query('SELECT reason FROM motherload.rejects ORDER BY record')).map(({ reason }) => reason),
        ['a', 'c'].map(
          (value) =>
            `duplicate key value violates unique constraint "v1_rides_row_key" (Key ("row")=(${value}) already exists.)`,
        ),
      );
      assert.deepEqual(await database.query('SELECT id FROM m ORDER BY number'), [{ id: 1 }, { id: 2 }, { id: 4 }]);
    });

    test('are replayed as long as the key is there, with the same reason', async () => {
      await database.query(
        'DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS m CASCADE; CREATE TABLE m (id int PRIMARY KEY, "row" text)',
      );
      const text = 'id|row\n1|first\n2|b\n1|second\n';
      const task = await taskOf({
        text,
        columns: { id: 'int', row: 'varchar' },
        mother: 'm',
        spec: 'rejects: { limit: 1 }',
      });
      await load(database, task);
      const reasons = () => database.query('SELECT record::int, code, reason FROM motherload.rejects');
      const before = await reasons();
      const replayed = async () => {
        const db = await connect(database.uri);
        try {
          return (await replayTable(task, database.uri, db))?.rejects;
        } finally {
          await db.end();
        }
      };
      assert.deepEqual(await replayed(), { loaded: 0, left: 1 });
      assert.deepEqual(await reasons(), before);
      assert.equal(before[0]?.['code'], 'Sql23505');
      await database.query('DELETE FROM m WHERE id = 1');
      assert.deepEqual(await replayed(), { loaded: 1, left: 0 });
      assert.deepEqual(await database.query('SELECT * FROM m ORDER BY id'), [
        { id: 1, row: 'second' },
        { id: 2, row: 'b' },
      ]);
    });
  });
}
