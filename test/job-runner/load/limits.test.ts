import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, LEDGER_TABLES, load, relationsOf } from './load-scene.ts';
import { rejectsOf } from './rejects-scene.ts';

/** 1,100 numbers of 8 bytes, more than a page. */
const NAMES = Array.from({ length: 1100 }, (_, index) => `n${index}`);
const WIDE = Object.fromEntries(NAMES.map((name) => [name, 'bigint']));
const recordOf = (value: string) => `${NAMES.map(() => value).join('|')}\n`;
/** Records 2 and 30 are too wide. */
const WIDE_TEXT = `${NAMES.join('|')}\n${Array.from({ length: 40 }, (_, index) => recordOf(index === 1 || index === 29 ? '7' : 'NULL')).join('')}`;

/** Of digits that PostgreSQL cannot compress below what an index takes. */
const LONG = randomBytes(20_000).toString('hex');
const LONG_TEXT = `ride_id|rider\n1|one\n2|${LONG}\n3|three\n`;
const REJECTS = 'rejects: { limit: 1 }';

for (const version of SUPPORTED_VERSIONS) {
  suite(`a limit of PostgreSQL ${version} that a record exceeds`, async () => {
    const database = await createTestDatabase(version);

    test('that of a row is an error which says how large one may be, or a reject', async () => {
      const scene = { text: WIDE_TEXT, columns: WIDE, mother: undefined };
      const failure = await failureOf(load(database, scene));
      assert.deepEqual([failure.kind, failure.code, failure.table, failure.line], ['Data', 'Sql54000', 'rides', 3]);
      assert.match(failure.message, /row is too big.*must fit a page of 8 kB.*split the table in the dump/);
      const { rows, rejects } = await load(database, { ...scene, spec: 'rejects: { limit: 2 }' });
      assert.deepEqual([rows, rejects], [38, 2]);
      assert.deepEqual(
        (await rejectsOf(database)).map(({ record, line, code }) => [record, line, code]),
        [
          [2, 3, 'Sql54000'],
          [30, 31, 'Sql54000'],
        ],
      );
      await database.query('DROP TABLE v1_rides');
    });

    for (const definition of [
      'CREATE INDEX rides_rider ON rides (rider)',
      'CREATE INDEX ON rides USING gin ((ARRAY[rider]))',
    ])
      test(`that of an index is an error which names it and what to do, or a reject: ${definition}`, async () => {
        await database.query(`DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS rides CASCADE`);
        await database.query(`CREATE TABLE rides (ride_id integer, rider text); ${definition}`);
        const failure = await failureOf(load(database, { text: LONG_TEXT }));
        assert.deepEqual([failure.kind, failure.code, failure.table], ['Manifest', 'Sql54000', 'rides']);
        assert.match(
          failure.message,
          /^a value is too long for an index \(index row .*CREATE INDEX .*\): drop this index/,
        );
        assert.doesNotMatch(failure.message, new RegExp(LONG.slice(0, 20)));
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides']);
        const { rows, rejects } = await load(database, { text: LONG_TEXT, spec: REJECTS });
        assert.deepEqual([rows, rejects], [2, 1]);
        const [reject] = await rejectsOf(database);
        assert.deepEqual([reject?.['record'], reject?.['code']], [2, 'Sql54000']);
        await database.query('DROP TABLE v1_rides');
        const without = await load(database, { text: LONG_TEXT, spec: 'motherTables: { indexes: None }' });
        assert.equal(without.rows, 3);
      });
  });
}
