import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { startEmbeddedPostgresql } from '../../../../bin/postgresql/embedded-postgresql.ts';
import { SOURCE_FILES, type LoadTask } from '../../../../crds/contract/task.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase, type TestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { entryOf, load } from '../source-database-tables.ts';
import { openClient } from './ranges-scene.ts';
import { fill, mariadb, once, PASSWORD, slowProxy, tasks, uriOf } from './server-scene.ts';

const ROWS = 50_000;
/** Three seconds for all rows. */
const slow = await slowProxy(1);
before(() => fill('rides', ROWS));

/** A load of a table, at once or slowly. */
async function tasksOf(database: TestDatabase, { user = 'reader', password = PASSWORD, table = 'rides' } = {}) {
  const own = tasks('', uriOf(user, password));
  const task = own.loadOf(await entryOf(own, database, table));
  const slowly: LoadTask = { ...task, database: tasks('', uriOf(user, password, slow)).loadOf(task.table).database };
  return { task, slowly };
}

/** Each row of the source is there once, with its values. */
async function assertWhole(database: TestDatabase, table = 'rides'): Promise<void> {
  const isOwn = `rider = 'rider ' || id || repeat('.', 40) AND id BETWEEN 1 AND ${ROWS}`;
  const found = await database.query(
    `SELECT count(*)::int AS rows, count(DISTINCT id) FILTER (WHERE ${isOwn})::int AS own FROM v1_${table}`,
  );
  assert.deepEqual(found, [{ rows: ROWS, own: ROWS }]);
}

const assertNothing = async (database: TestDatabase) =>
  assert.deepEqual(await database.query("SELECT to_regclass('v1_rides') AS found"), [{ found: null }]);

/** Begins something once rows have come, and waits for it behind the load. */
function disturbance(work: () => Promise<void>) {
  let working = Promise.resolve();
  return {
    report: once(() => {
      working = work();
    }),
    ended: () => working,
  };
}

const outcomeOf = async (work: Promise<unknown>) => {
  const { code, kind } = await failureOf(work);
  return [code, kind];
};

describe('a table that is being read', () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`is loaded once, and whole, after its server was restarted by ${signal}`, async () => {
      const database = await createTestDatabase();
      const { task, slowly } = await tasksOf(database);
      let whileDown: unknown;
      const { report, ended } = disturbance(() =>
        mariadb.restart(signal, async () => {
          whileDown = await outcomeOf(load(database, task));
        }),
      );
      assert.deepEqual(await outcomeOf(load(database, slowly, report)), ['SourceBusy', 'Transient']);
      await ended();
      assert.deepEqual(whileDown, ['SourceUnreachable', 'Transient']);
      await assertNothing(database);
      assert.equal((await load(database, task)).rows, ROWS);
      await assertWhole(database);
    });

  it('is loaded once, and whole, after PostgreSQL was restarted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'motherload-restarted-'));
    chmodSync(folder, 0o755);
    const start = () => startEmbeddedPostgresql({ folder: join(folder, 'postgresql'), settings: { fsync: 'off' } });
    const server = await start();
    after(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });
    const query = async (sql: string) => {
      const client = new pg.Client(server.uri);
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql).finally(() => client.end())).rows;
    };
    const database = { uri: server.uri, query } as TestDatabase;
    const { task, slowly } = await tasksOf(database);
    let whileDown: unknown;
    const { report, ended } = disturbance(async () => {
      await server.stop();
      whileDown = await outcomeOf(load(database, task));
      await start();
    });
    const failure = await failureOf(load(database, slowly, report));
    await ended();
    assert.equal(failure.kind, 'Transient', failure.message);
    assert.deepEqual(whileDown, ['DatabaseUnreachable', 'Transient']);
    await assertNothing(database);
    assert.equal((await load(database, task)).rows, ROWS);
    await assertWhole(database);
  });

  it('is read to its end after its user has another password, with which alone it is read again', async () => {
    const [database, other] = [await createTestDatabase(), await createTestDatabase()];
    mariadb.query("CREATE USER changing@'%' IDENTIFIED BY 'old'; GRANT SELECT ON crm.* TO changing@'%'");
    const { task, slowly } = await tasksOf(database, { user: 'changing', password: 'old' });
    const change = once(() => mariadb.query("ALTER USER changing@'%' IDENTIFIED BY 'new'"));
    assert.equal((await load(database, slowly, change)).rows, ROWS);
    await assertWhole(database);
    assert.deepEqual(await outcomeOf(load(other, task)), ['SourceCredentials', 'Manifest']);
    await assertNothing(other);
    writeFileSync(join(task.database?.secretsFolder ?? '', SOURCE_FILES.connection), uriOf('changing', 'new'));
    assert.equal((await load(other, task)).rows, ROWS);
    await assertWhole(other);
  });

  it('is read to its end whatever limits of time its user and everyone have', async () => {
    const database = await createTestDatabase();
    const limits = ['wait_timeout', 'interactive_timeout', IS_MYSQL ? 'max_execution_time' : 'max_statement_time'];
    const set = (value: string) => mariadb.query(limits.map((name) => `SET GLOBAL ${name} = ${value}`).join('; '));
    const ofUser = IS_MYSQL ? '' : 'WITH MAX_STATEMENT_TIME 1';
    mariadb.query(`CREATE USER timed@'%' IDENTIFIED BY 'timed' ${ofUser}; GRANT SELECT ON crm.* TO timed@'%'`);
    const { slowly } = await tasksOf(database, { user: 'timed', password: 'timed' });
    set('1');
    try {
      // A slow target beside it.
      const pause = once(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500));
      assert.equal((await load(database, slowly, pause)).rows, ROWS);
    } finally {
      set('DEFAULT');
    }
    await assertWhole(database);
  });

  it('keeps its rows and partitions until it is read: who truncates it or drops one waits', async () => {
    const partitions = `PARTITION BY RANGE (id)
      (PARTITION early VALUES LESS THAN (${ROWS / 2}), PARTITION late VALUES LESS THAN MAXVALUE`;
    for (const statement of ['ALTER TABLE crm.months DROP PARTITION late', 'TRUNCATE TABLE crm.months']) {
      const database = await createTestDatabase();
      fill('months', ROWS, `id int PRIMARY KEY, rider varchar(60)) ${partitions}`);
      const { slowly } = await tasksOf(database, { table: 'months' });
      const administrator = openClient();
      const { report, ended } = disturbance(() => administrator.query(statement));
      assert.equal((await load(database, slowly, report)).rows, ROWS, statement);
      await ended();
      await administrator.end();
      await assertWhole(database, 'months');
      const [left] = mariadb.query('SELECT COUNT(*) FROM crm.months');
      assert.equal(Number(left), statement.startsWith('TRUNCATE') ? 0 : ROWS / 2 - 1);
    }
  });
});
