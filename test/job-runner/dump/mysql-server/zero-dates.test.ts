import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Format } from '../../../../crds/contract/format.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase } from '../../../database.ts';
import { entryOf, load } from '../source-database-tables.ts';
import { mariadb, tasks } from './server-scene.ts';

describe('a date of the source database that is none', () => {
  before(() =>
    mariadb.query(`USE crm; SET sql_mode = ''; CREATE TABLE days (id int PRIMARY KEY, day date, moment datetime);
      INSERT INTO days VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-02-29', '2024-02-29 09:30:00'),
        (3, '2020-00-00', NULL), (4, NULL, '0000-00-00 09:30:00')`),
  );

  const taskOf = async (zeroDates: Format['zeroDates']) => {
    const [database, own] = [await createTestDatabase(), tasks()];
    const task = own.loadOf(await entryOf(own, database, 'days'));
    return { database, task: { ...task, format: { ...task.format, zeroDates } } };
  };
  const DAYS = 'SELECT id::int, day::text, moment::text FROM v1_days ORDER BY 1';

  it('is NULL if it is zero; one that lacks its month or day, or a time of no day, fails the table or is a reject', async () => {
    const { database, task } = await taskOf('Null');
    const failure = await failureOf(load(database, task));
    assert.deepEqual([failure.code, failure.line, failure.column], ['ZeroDate', 3, 'day']);
    const { rows, rejects, warnings } = await load(database, { ...task, rejects: { limit: 2 } });
    assert.deepEqual([rows, rejects], [2, 2]);
    assert.match(warnings.join('\n'), /0000-00-00/);
    assert.deepEqual(await database.query(DAYS), [
      { id: 1, day: null, moment: null },
      { id: 2, day: '2024-02-29', moment: '2024-02-29 09:30:00' },
    ]);
  });

  it('is text like all of its column with zeroDates Text', async () => {
    const { database, task } = await taskOf('Text');
    assert.equal((await load(database, task)).rows, 4);
    assert.deepEqual(await database.query(DAYS), [
      { id: 1, day: '0000-00-00', moment: '0000-00-00 00:00:00' },
      { id: 2, day: '2024-02-29', moment: '2024-02-29 09:30:00' },
      { id: 3, day: '2020-00-00', moment: null },
      { id: 4, day: null, moment: '0000-00-00 09:30:00' },
    ]);
  });
});
