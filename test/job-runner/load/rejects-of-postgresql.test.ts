import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load } from './load-scene.ts';
import { COLUMNS, HEADER, rejectsOf, ROWS } from './rejects-scene.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects that only PostgreSQL ${version} can tell`, async () => {
    const database = await createTestDatabase(version);
    const clear = async () => {
      await database.query('DROP TABLE IF EXISTS v1_rides; DROP SCHEMA IF EXISTS motherload CASCADE');
    };

    test('keep what a domain or a type of its own refuses, or a CHECK that fails itself, and load all others', async () => {
      await clear();
      await database.query(
        `CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900); CREATE TYPE colour AS ENUM ('red', 'blue');
         CREATE TABLE bikes (ride_id integer CHECK (10 / ride_id >= 0), price fare, paint colour, extra integer DEFAULT 7 CHECK (extra > 0))`,
      );
      const text = 'ride_id|price|paint\n1|1.5|red\n0|2.5|blue\n-3|3.5|red\n4|950|red\n5|5.5|green\n6|6.5|blue\n';
      const columns = { ride_id: 'int', price: 'decimal(8,2)', paint: 'varchar' };
      const result = await load(database, { text, columns, mother: 'bikes', spec: 'rejects: { limit: 4 }' });
      assert.deepEqual([result.rows, result.rejects], [2, 4]);
      assert.deepEqual(
        (await rejectsOf(database)).map(({ line, code, column, value }) => [line, code, column, value]),
        [
          [3, 'Sql22012', null, null],
          [4, 'Sql23514', null, null],
          [5, 'Sql23514', 'price', '950'],
          [6, 'Sql22P02', 'paint', 'green'],
        ],
      );
      assert.deepEqual(await database.query('SELECT ride_id, price::text, paint::text, extra FROM bikes ORDER BY 1'), [
        { ride_id: 1, price: '1.50', paint: 'red', extra: 7 },
        { ride_id: 6, price: '6.50', paint: 'blue', extra: 7 },
      ]);
      await database.query('DROP TABLE v1_rides, bikes; DROP DOMAIN fare; DROP TYPE colour');
    });

    test('name what the reader recognizes before what PostgreSQL alone refuses of an earlier column', async () => {
      await clear();
      await database.query(
        `CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900); CREATE TYPE colour AS ENUM ('red');
         CREATE TABLE bikes (paint colour, price fare, ride_id integer NOT NULL CHECK (ride_id > 0))`,
      );
      const text = 'paint|price|ride_id\nred|1.5|1\ngreen|950|x\nred|950|NULL\ngreen|950|-1\nred|950|-1\n';
      const columns = { paint: 'varchar', price: 'decimal(8,2)', ride_id: 'int' };
      await load(database, { text, columns, mother: 'bikes', spec: 'rejects: { limit: 4 }' });
      assert.deepEqual(
        (await rejectsOf(database)).map(({ line, code, column }) => [line, code, column]),
        [
          [3, 'Sql22P02', 'ride_id'],
          [4, 'Sql23502', 'ride_id'],
          [5, 'Sql22P02', 'paint'],
          [6, 'Sql23514', 'price'],
        ],
      );
      await database.query('DROP TABLE v1_rides, bikes; DROP DOMAIN fare; DROP TYPE colour');
    });

    test('keep what violates a unique index or the key of the mother: the later record, and NULL in the key', async () => {
      for (const streams of [1, 2]) {
        await clear();
        await database.query(
          'CREATE TABLE keyed (ride_id integer PRIMARY KEY, rider text, price numeric(8,2)); CREATE UNIQUE INDEX ON keyed (rider)',
        );
        const places = [7, 31_234, ROWS - 1];
        const records = Array.from({ length: ROWS }, (_, index) => `${index + 1}|rider ${index}|1.5`);
        records[7] = '3|another|1.5';
        records[31_234] = 'NULL|nobody|1.5';
        records[ROWS - 1] = `${ROWS}|rider 5|1.5`;
        const text = `${HEADER}${records.join('\n')}\n`;
        const spec = `loading: { streamsPerTable: ${streams} }\nrejects: { limit: 3 }`;
        const result = await load(database, { text, columns: COLUMNS, mother: 'keyed', spec });
        assert.deepEqual([result.rows, result.rejects], [ROWS - 3, 3]);
        const found = (await rejectsOf(database)).map(({ record, code }) => [record, code]);
        assert.deepEqual(
          found,
          places.map((place, index) => [place + 1, ['Sql23505', 'Sql23502', 'Sql23505'][index]]),
        );
        const indexes = await database.query(
          "SELECT count(*)::int AS n FROM pg_index WHERE indrelid = 'v1_rides'::regclass",
        );
        assert.deepEqual(indexes, [{ n: 2 }]);
        await database.query('DROP TABLE v1_rides, keyed');
      }
    });
  });
}
