import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseAddress } from '../../../../job-runner/dump/mysql-server/address.ts';
import { Session } from '../../../../job-runner/dump/mysql-server/session.ts';
import { toSourceError } from '../../../../job-runner/dump/mysql-server/server-error.ts';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { eventually } from '../../../cluster/commands.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { openClient, readAll, readers, taskOf } from './ranges-scene.ts';
import { fill, mariadb, tasks, uriOf } from './server-scene.ts';

const ROWS = 50_000;
before(() => {
  fill('rides', ROWS);
  mariadb.query(`CREATE USER single@'%' IDENTIFIED BY 'single' WITH MAX_USER_CONNECTIONS 1;
    GRANT SELECT, LOCK TABLES ON crm.* TO single@'%'`);
});

const SILENCE_MILLISECONDS = 300;
const SINGLE = uriOf('single', 'single');
const openSession = () =>
  Session.open({
    ...{ address: parseAddress(SINGLE, false), authority: undefined, schema: 'crm' },
    silenceMilliseconds: SILENCE_MILLISECONDS,
  });

async function textOf(session: Session, sql: string, pause = 0): Promise<string> {
  let text = '';
  try {
    for await (const chunk of session.read(sql)) {
      text += chunk.toString();
      await wait(pause);
    }
    return text;
  } catch (error) {
    throw toSourceError(error, session.server);
  } finally {
    session.close();
    await eventually('the end of the connection', 20, () =>
      assert.deepEqual(mariadb.query("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'single'"), []),
    );
  }
}

describe('a connection', () => {
  it('is not given up for its silence where the server lets no further one in to ask', async () => {
    assert.equal(await textOf(await openSession(), 'SELECT SLEEP(1)'), '0\n');
  });

  it('fails at once where it was killed between two statements', async () => {
    const session = await openSession();
    const [row] = await session.query('SELECT CONNECTION_ID() AS id');
    mariadb.query(`KILL ${row?.['id'] ?? ''}`);
    await wait(100);
    const started = performance.now();
    const { code, kind } = await failureOf(textOf(session, 'SELECT * FROM rides'));
    assert.deepEqual([code, kind], ['SourceBusy', 'Transient']);
    assert(performance.now() - started < 5000);
  });

  it('fails where the time of its statement is over behind the first rows', async () => {
    const rows = 'r.* FROM rides r, rides s LIMIT 10000000';
    const sql = IS_MYSQL
      ? `SELECT /*+ MAX_EXECUTION_TIME(1000) */ ${rows}`
      : `SET STATEMENT max_statement_time = 1 FOR SELECT ${rows}`;
    const { code, kind, message } = await failureOf(textOf(await openSession(), sql, 20));
    assert.deepEqual([code, kind], ['SourceBusy', 'Transient']);
    assert.match(message, IS_MYSQL ? /maximum statement execution time exceeded/ : /max_statement_time exceeded/);
  });
});

describe('a server that has no further connection', () => {
  it('is tried again later', async () => {
    const database = await createTestDatabase();
    const [usual = ''] = mariadb.query('SELECT @@GLOBAL.max_connections');
    mariadb.query('SET GLOBAL max_connections = 10');
    const others = Array.from({ length: 10 }, () => openClient());
    try {
      for (const other of others) await other.query('SELECT 1');
      const { code, kind, message } = await failureOf(catalogueOf(tasks(), database));
      assert.deepEqual([code, kind], ['SourceBusy', 'Transient']);
      assert.match(message, /Too many connections/);
    } finally {
      for (const other of others) await other.end();
      mariadb.query(`SET GLOBAL max_connections = ${usual}`);
    }
  });

  it('has a table read by the one that there is', async () => {
    const task = await taskOf('rides', { uri: SINGLE, reads: 3, rows: ROWS, rangeRows: 5000 });
    const most = new Set<number>();
    assert.equal((await readAll(task, () => most.add(readers('single')))).rows, ROWS);
    assert.equal(Math.max(...most), 1);
  });
});
