import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../../database.ts';
import { rejectsOf } from '../../load/rejects-scene.ts';
import { load } from '../source-database-tables.ts';
import { mariadb, renewDatabase, tasks } from './server-scene.ts';

/** More than two batches. */
const ROWS = 60_000;

type Field = 'rider' | 'price' | 'colour';

/** The one bad value of the rows of these ids, which are their places, too: the first ones, some at the seam of two batches, the last ones. */
const BAD: ReadonlyMap<number, { set: [Field, string]; code: string; column: Field | null }> = new Map([
  [1, { set: ['price', '950.00'], code: 'Sql23514', column: 'price' }],
  [2, { set: ['colour', 'mauve'], code: 'Sql22P02', column: 'colour' }],
  [25_000, { set: ['price', '-1.00'], code: 'Sql23514', column: null }],
  [25_001, { set: ['rider', '12'], code: 'Sql23505', column: null }],
  [31_234, { set: ['rider', 'NULL'], code: 'Sql23502', column: 'rider' }],
  [ROWS - 1, { set: ['price', '951.00'], code: 'Sql23514', column: 'price' }],
  [ROWS, { set: ['rider', '59990'], code: 'Sql23505', column: null }],
]);

/** As the server sends it. */
function recordOf(id: number): string {
  const values: Record<Field, string> = {
    ...{ rider: String(id), price: `${id % 899}.00`, colour: id % 2 === 1 ? 'red' : 'green' },
  };
  const [field, value] = BAD.get(id)?.set ?? ['rider', String(id)];
  values[field] = value === 'NULL' ? '\\N' : value;
  return [id, values.rider, values.price, values.colour, `$${id % 7}`].join('\t');
}

const RECORDS = Array.from({ length: ROWS }, (_, index) => recordOf(index + 1));

/** By it the table is copied in binary, but for the last column's type. */
const motherWith = (note: string) => `
  CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900);
  CREATE TYPE colour AS ENUM ('red', 'green');
  CREATE TABLE rides (id int, rider int NOT NULL UNIQUE, price fare CHECK (price >= 0), colour colour, note ${note})`;

describe('rejects of a table of MariaDB that PostgreSQL alone finds', () => {
  beforeEach(() => {
    renewDatabase();
    const sets = [...BAD].map(
      ([
        id,
        {
          set: [field, value],
        },
      ]) => {
        const literal = value === 'NULL' ? value : `'${value}'`;
        return `UPDATE crm.rides SET ${field} = ${literal} WHERE id = ${id}`;
      },
    );
    mariadb.query(`USE crm; DROP TABLE crm.rides;
      CREATE TABLE crm.rides (id int PRIMARY KEY, rider int, price decimal(8,2), colour varchar(9), note varchar(9));
      INSERT INTO crm.rides SELECT seq, seq, seq % 899, IF(seq % 2, 'red', 'green'), CONCAT('$', seq % 7) FROM seq_1_to_${ROWS} WHERE seq <= ${ROWS};
      ${sets.join('; ')}`);
  });

  const taskFor = async (database: TestDatabase, more: Partial<LoadTask> = {}): Promise<LoadTask> => {
    const own = tasks();
    const entries = await catalogueOf(own, database);
    const entry = entries.find(({ table }) => table === 'rides') ?? assert.fail('the table is missing');
    return { ...own.loadOf(entry), rejects: { limit: BAD.size }, ...more };
  };

  for (const version of SUPPORTED_VERSIONS)
    for (const [format, note] of [
      ['binary', 'text'],
      ['text', 'money'],
    ] as const)
      it(`are kept, all others are loaded, in ${format} into PostgreSQL ${version}`, async () => {
        const database = await createTestDatabase(version);
        await database.query(motherWith(note));
        const result = await load(database, await taskFor(database));
        assert.deepEqual([result.rows, result.rejects], [ROWS - BAD.size, BAD.size]);
        assert.deepEqual(
          (await rejectsOf(database)).map(({ sqlstate: _, ...reject }) => reject),
          [...BAD].map(
            ([
              id,
              {
                set: [, value],
                code,
                column,
              },
            ]) => ({
              ...{
                record: id,
                line: id,
                offset: RECORDS.slice(0, id - 1).reduce((sum, each) => sum + each.length + 1, 0),
              },
              ...{ column, code, value: column === null || value === 'NULL' ? null : value },
              raw: Buffer.from(RECORDS[id - 1] ?? '').toString('hex'),
            }),
          ),
        );
        const missing = `SELECT id FROM generate_series(1, ${ROWS}) AS id EXCEPT SELECT id FROM rides ORDER BY id`;
        assert.deepEqual(
          (await database.query(missing)).map(({ id }) => id),
          [...BAD.keys()],
        );
        const sums = 'SELECT sum(rider)::int8::text AS riders, count(DISTINCT id)::int AS ids FROM rides';
        const riders = (ROWS * (ROWS + 1)) / 2 - [...BAD.keys()].reduce((sum, id) => sum + id, 0);
        assert.deepEqual(await database.query(sums), [{ riders: String(riders), ids: ROWS - BAD.size }]);
        const again = await taskFor(database);
        assert.equal(
          (await load(database, { ...again, loading: { ...again.loading, onExisting: 'Replace' } })).outcome,
          'AlreadyLoaded',
        );
      });

  it('fail the table where they are more than allowed, and nothing is kept', async () => {
    const database = await createTestDatabase();
    await database.query(motherWith('text'));
    const task = await taskFor(database, { rejects: { limit: BAD.size - 1 } });
    const { code, line, column } = await failureOf(load(database, task));
    assert.deepEqual([code, line, column], ['TooManyRejects', 1, 'price']);
    assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM rides'), [{ rows: 0 }]);
    assert.deepEqual(await rejectsOf(database), []);
  });
});
