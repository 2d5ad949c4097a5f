import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Database } from '../../../job-runner/database/connection.ts';
import { lockStagingTable } from '../../../job-runner/database/staging-table.ts';
import { stagingTable } from '../../../job-runner/plan/staging-table.ts';
import { prepareConnection, withConnection } from '../../../job-runner/database/pooled-connection.ts';
import { createTestDatabase } from '../../database.ts';
import { startDatabaseProxy } from '../killed/database-proxy.ts';

const database = await createTestDatabase();
const observer = await connect(database.uri);
after(async () => await observer.end());

async function ask<Value>(db: Database, sql: string): Promise<Value | undefined> {
  const { rows } = await db.query<{ value: Value }>(`SELECT ${sql} AS value`);
  return rows[0]?.value;
}

const backendOf = async (db: Database): Promise<number | undefined> => await ask<number>(db, 'pg_backend_pid()');

/** By which the server has noticed that a session is over, which comes a moment after its end. */
async function isGone(pid: number | undefined): Promise<boolean> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const { rows } = await observer.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]);
    if (rows.length === 0) return true;
  }
  return false;
}

describe('the connection of a process that does one task', () => {
  it('ends with its work', async () => {
    assert.ok(await isGone(await withConnection(database.uri, backendOf)));
  });
});

describe('the connection of a process that does one task after another', () => {
  before(prepareConnection);

  it('is the same for the next one', async () => {
    assert.equal(await withConnection(database.uri, backendOf), await withConnection(database.uri, backendOf));
  });

  it('keeps no lock, setting, temporary table or listener of the previous work, and has the settings that all work relies on', async () => {
    const table = stagingTable('ledger', { schema: 'app', name: 'v1_users' });
    const before = await withConnection(database.uri, async (db) => {
      await lockStagingTable(db, table);
      await db.query("SET DateStyle = 'German'; SET lock_timeout = '7s'; CREATE TEMP TABLE left_behind ()");
      db.on('notice', () => assert.fail('a listener of earlier work was called'));
      return await backendOf(db);
    });
    await lockStagingTable(observer, table, () => assert.fail('it is locked'));
    await withConnection(database.uri, async (db) => {
      assert.equal(await backendOf(db), before);
      assert.equal(await ask(db, "current_setting('DateStyle')"), 'ISO, MDY');
      assert.equal(await ask(db, "current_setting('TimeZone')"), 'UTC');
      assert.equal(await ask(db, "current_setting('lock_timeout')"), '0');
      assert.equal(await ask(db, "to_regclass('left_behind')"), null);
      await db.query("DO $$ BEGIN RAISE WARNING 'heard by nobody'; END $$");
    });
  });

  it('is another one for a second task at the same time; one of the two is kept', async () => {
    const both = await Promise.all([1, 2].map(() => withConnection(database.uri, backendOf)));
    assert.notEqual(both[0], both[1]);
    const next = await withConnection(database.uri, backendOf);
    assert.ok(both.includes(next));
    assert.ok(await isGone(both.find((pid) => pid !== next)));
  });

  it('is a new one if the server has closed it in between', async () => {
    const before = await withConnection(database.uri, backendOf);
    await observer.query('SELECT pg_terminate_backend($1, 10000)', [before]);
    const next = await withConnection(database.uri, backendOf);
    assert.ok(next !== undefined && next !== before);
  });

  it('is a new one if the server no longer answers, as behind a firewall that dropped the connection', async () => {
    const proxy = await startDatabaseProxy(database.uri, { onConnection: (way) => way.release() });
    after(async () => await proxy.close());
    // Within work on the other connection, which would be the one that is kept.
    const before = await withConnection(database.uri, async () => await withConnection(proxy.uri, backendOf));
    proxy.hold();
    const started = performance.now();
    const next = await withConnection(proxy.uri, backendOf);
    assert.ok(performance.now() - started > 9_000, 'the server is given time to answer');
    assert.ok(next !== undefined && next !== before);
  });

  it('ends with work that fails, and the error is thrown', async () => {
    let pid: number | undefined;
    const work = async (db: Database): Promise<never> => {
      pid = await backendOf(db);
      throw new Error('this failed');
    };
    await assert.rejects(withConnection(database.uri, work), /this failed/);
    assert.ok(await isGone(pid));
  });

  it('ends with work that leaves a transaction open, whose locks would remain otherwise', async () => {
    const pid = await withConnection(database.uri, async (db) => {
      await db.query('BEGIN');
      return await backendOf(db);
    });
    assert.ok(await isGone(pid));
  });

  it('is not used for another database', async () => {
    const other = await createTestDatabase();
    const name = await withConnection(other.uri, async (db) => await ask<string>(db, 'current_database()'));
    assert.notEqual(
      name,
      await withConnection(database.uri, async (db) => await ask<string>(db, 'current_database()')),
    );
  });
});
