import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { eventually } from '../../../cluster/commands.ts';
import { createTestDatabase } from '../../../database.ts';
import {
  countOf,
  fill,
  mariadb,
  once,
  PASSWORD,
  renewDatabase,
  ROWS,
  slowProxy,
  tasks,
  uriOf,
} from './server-scene.ts';
import { entryOf, load, withPolicy } from '../source-database-tables.ts';

describe('a table of MariaDB', () => {
  beforeEach(renewDatabase);

  it('is not read again by the run that has loaded it, whatever has become of it', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    assert.equal((await load(database, task)).outcome, 'Loaded');
    mariadb.query('INSERT INTO crm.rides VALUES (0, "new")');
    const again = await load(database, task);
    assert.deepEqual([again.outcome, again.rows], ['Loaded', 1000]);
    assert.match(again.message, /earlier attempt of this run/);
    assert.equal(await countOf(database), 1000);
  });

  it('is left as it is by Skip, and by Replace and Fail where its rows are the same', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    await load(database, task);
    const [before] = await database.query('SELECT load_id FROM motherload.loads');
    for (const [policy, outcome] of [
      ['Skip', 'Skipped'],
      ['Replace', 'AlreadyLoaded'],
      ['Fail', 'AlreadyLoaded'],
    ] as const) {
      const result = await load(database, withPolicy(task, policy, `run of ${policy}`));
      assert.equal(result.outcome, outcome, policy);
    }
    assert.deepEqual(await database.query('SELECT load_id FROM motherload.loads'), [before]);
    assert.deepEqual(
      await database.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'motherload'::regnamespace AND relname LIKE 'staging%'",
      ),
      [],
    );
  });

  it('is replaced by Replace where its rows changed, also through two streams, and refused by Fail', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    await load(database, task);
    mariadb.query('UPDATE crm.rides SET rider = "changed" WHERE id = 500');
    const failure = await failureOf(load(database, withPolicy(task, 'Fail', 'second')));
    assert.deepEqual([failure.code, failure.kind], ['OtherContentLoaded', 'Manifest']);
    const replace = withPolicy(task, 'Replace', 'third');
    const streams = { ...replace, loading: { ...replace.loading, streamsPerTable: 2 } } as LoadTask;
    const result = await load(database, streams);
    assert.deepEqual([result.outcome, result.rows, result.streams], ['Loaded', 1000, 2]);
    assert.deepEqual(await database.query('SELECT rider FROM v1_rides WHERE id = 500'), [{ rider: 'changed' }]);
    const same = await load(database, { ...streams, ingestion: { ...streams.ingestion, run: 'fourth' } });
    assert.equal(same.outcome, 'AlreadyLoaded');
    assert.equal(await countOf(database), 1000);
  });

  it('is read in one snapshot, as slowly as need be', async () => {
    const database = await createTestDatabase();
    fill('rides', ROWS);
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    const change = once(() => {
      mariadb.query(`UPDATE crm.rides SET rider = "later"; INSERT INTO crm.rides VALUES (0, "later")`);
      // Longer than net_write_timeout.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    });
    assert.equal((await load(database, task, change)).rows, ROWS);
    assert.deepEqual(
      await database.query(
        "SELECT count(*)::int AS rows, count(*) FILTER (WHERE rider = 'later')::int AS later FROM v1_rides",
      ),
      [{ rows: ROWS, later: 0 }],
    );
  });

  it('is loaded once after its connection was killed, or its statement, or broke', async () => {
    const database = await createTestDatabase();
    fill('rides', ROWS);
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    const kill = (how: string) =>
      once(() => {
        const [id] = mariadb.query(
          "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' AND INFO LIKE 'SELECT `id`%'",
        );
        mariadb.query(`KILL ${how} ${id ?? ''}`);
      });
    const through = (at: number): LoadTask => ({
      ...task,
      database: tasks('', uriOf('reader', PASSWORD, at)).loadOf(task.table).database,
    });
    // So slow that the server has rows to send for 20 s: it is disturbed behind the first ones.
    const slow = through(await slowProxy(0.5));
    for (const how of ['CONNECTION', 'QUERY']) {
      const failure = await failureOf(load(database, slow, kill(how)));
      assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient'], how);
    }
    const failure = await failureOf(load(database, through(await slowProxy(3, 2_000_000))));
    assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient']);
    assert.deepEqual(await database.query("SELECT to_regclass('v1_rides') AS found"), [{ found: null }]);
    assert.equal((await load(database, task)).rows, ROWS);
    assert.equal(await countOf(database), ROWS);
    await eventually('the end of all that was read', 60, () => {
      const reading = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' AND COMMAND = 'Query'";
      assert.deepEqual(mariadb.query(reading), []);
    });
  });
});
