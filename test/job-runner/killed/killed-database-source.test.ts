import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../bench/columns.ts';
import type { Task } from '../../../crds/contract/task.ts';
import { load, onlyEntry } from '../../bucket/bucket-scene.ts';
import { eventually } from '../../cluster/commands.ts';
import { createTestDatabase, type TestDatabase } from '../../database.ts';
import { startMariadb } from '../../mariadb.ts';
import { oneMomentTasks } from '../../source-database/one-moment.ts';
import { tasksOfDatabase } from '../../source-database/scene.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';
import { entriesOf, runBatch } from '../load/encrypted-scene.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const ROWS = 200_000;
const MOMENTS = 6;
/** The fixed seed of all moments. */
const random = randomFrom(20_261_130);

const mariadb = await startMariadb();
mariadb.query(`CREATE DATABASE crm; USE crm; CREATE TABLE rides (ride_id int PRIMARY KEY, rider varchar(60));
  INSERT INTO rides SELECT seq, CONCAT('rider ', seq, REPEAT('.', 40)) FROM seq_1_to_${ROWS}`);
const folder = temporaryFolder();
const uri = `mysql://root@localhost?socket=${mariadb.socket}`;
const tasks = tasksOfDatabase(folder, uri);

/** The real runner in a process of its own. */
function startRunner(database: TestDatabase, task: Task) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: database.uri,
      MOTHERLOAD_RESULT_FILE: join(folder, `result-${random(1_000_000)}.json`),
    },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.once('close', resolve)) };
}

const OTHERS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
/** The server may still be committing what the runner had sent. */
const connectionsEnd = (database: TestDatabase) =>
  eventually('the end of its connections', 60, async () => assert.deepEqual(await database.query(OTHERS), []));
const countOf = async (database: TestDatabase): Promise<unknown> =>
  (await database.query('SELECT count(*)::int AS rows FROM rides'))[0]?.['rows'];

describe('a load from a source database, killed at random moments,', () => {
  for (let number = 1; number <= MOMENTS; number++) {
    const milliseconds = 300 + random(1800);
    it(`has nothing or all after ${milliseconds} ms, and all of it, once, when it is repeated, though the source has changed`, async () => {
      const database = await createTestDatabase();
      await database.query('CREATE TABLE rides (ride_id integer, rider text)');
      const task = tasks.loadOf(await onlyEntry(tasks, database));
      const { child, ended } = startRunner(database, task);
      await wait(milliseconds);
      child.kill('SIGKILL');
      await ended;
      await connectionsEnd(database);
      const seen = await countOf(database);
      assert(seen === 0 || seen === ROWS, `readers see ${String(seen)} rows`);
      mariadb.query('INSERT INTO crm.rides VALUES (-1, "later")');
      const { rows } = await load(database, task);
      assert.equal(rows, seen === ROWS ? ROWS : ROWS + 1);
      assert.equal(await countOf(database), rows);
      mariadb.query('DELETE FROM crm.rides WHERE ride_id = -1');
    });
  }
});

describe('tables that are read as of one moment, killed at random moments,', () => {
  for (let number = 1; number <= MOMENTS / 2; number++) {
    const milliseconds = 300 + random(2500);
    it(`are none or all after ${milliseconds} ms, and all of one moment when they are repeated`, async () => {
      mariadb.query(
        'USE crm; DROP TABLE IF EXISTS copies; CREATE TABLE copies (PRIMARY KEY (ride_id)) AS SELECT * FROM rides',
      );
      const database = await createTestDatabase();
      const { catalogue, batchOf } = oneMomentTasks(folder, uri);
      const task = batchOf(await entriesOf(database, catalogue));
      const { child, ended } = startRunner(database, task);
      await wait(milliseconds);
      child.kill('SIGKILL');
      await ended;
      await connectionsEnd(database);
      const seen = await bothOf(database);
      assert(seen === `${ROWS} ${ROWS}` || seen === 'none', `readers see ${seen}`);
      mariadb.query(
        'START TRANSACTION; DELETE FROM crm.copies WHERE ride_id < 9; DELETE FROM crm.rides WHERE ride_id < 9; COMMIT',
      );
      const { result } = await runBatch(database, task);
      assert.equal(result.outcome, 'Succeeded');
      assert.equal(await bothOf(database), seen === 'none' ? `${ROWS - 8} ${ROWS - 8}` : seen);
      mariadb.query(
        `INSERT INTO crm.rides SELECT seq, CONCAT('rider ', seq, REPEAT('.', 40)) FROM crm.seq_1_to_8; DROP TABLE crm.copies`,
      );
    });
  }
});

/** The rows of both version tables, or none where there are no such tables. */
async function bothOf(database: TestDatabase): Promise<string> {
  const [found] = await database.query(
    "SELECT to_regclass('v1_rides') IS NULL AND to_regclass('v1_copies') IS NULL AS none",
  );
  if (found?.['none'] === true) return 'none';
  const [rows] = await database.query(
    'SELECT (SELECT count(*) FROM v1_rides) AS rides, (SELECT count(*) FROM v1_copies) AS copies',
  );
  return `${String(rows?.['rides'])} ${String(rows?.['copies'])}`;
}
