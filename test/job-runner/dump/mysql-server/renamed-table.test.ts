import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { beginHeld } from '../../../../job-runner/dump/mysql-server/begin-together.ts';
import { DatabaseTable } from '../../../../job-runner/dump/mysql-server/database-table.ts';
import { openSession } from '../../../../job-runner/dump/mysql-server/open-session.ts';
import type { Session } from '../../../../job-runner/dump/mysql-server/session.ts';
import { eventually } from '../../../cluster/commands.ts';
import { openClient, taskOf } from './ranges-scene.ts';
import { fill, mariadb, renewDatabase, tasks } from './server-scene.ts';

const ROWS = 1000;
const LATE = `INSERT INTO crm.fresh SELECT seq, 'late' FROM crm.seq_901_to_${ROWS}`;

const waiting = (statements: number) =>
  eventually('statements that wait for the definition', 20, () => {
    const found = mariadb.query('SHOW FULL PROCESSLIST').filter((line) => line.includes('Waiting for table metadata'));
    assert.equal(found.length, statements);
  });

async function textOf(table: DatabaseTable): Promise<string> {
  let text = '';
  for await (const chunk of table.chunks()) text += chunk.toString();
  return text;
}

/** As gh-ost and pt-online-schema-change do: a copy of the table, which gets its last rows and then its name. */
describe('a table in whose place another one is put', () => {
  beforeEach(() => {
    renewDatabase();
    mariadb.query('DROP TABLE IF EXISTS crm.fresh, crm.old');
    fill('fresh', 900);
  });

  it('is read with all rows of the other one, where that happens before the read begins', async () => {
    const task = await taskOf('rides', { reads: 1 });
    const table = await DatabaseTable.open(task, task.database as never);
    const [writer, renamer] = [openClient(), openClient()];
    await writer.query('LOCK TABLES crm.rides WRITE');
    const reading = textOf(table);
    await waiting(1);
    mariadb.query(LATE);
    const renamed = renamer.query('RENAME TABLE crm.rides TO crm.old, crm.fresh TO crm.rides');
    await waiting(2);
    await writer.query('UNLOCK TABLES');
    const lines = (await reading).split('\n').slice(0, -1);
    await renamed;
    await table.close();
    await writer.end();
    await renamer.end();
    assert.equal(lines.length, ROWS);
    assert.equal(lines.filter((line) => line.endsWith('\tlate')).length, 100);
  });

  it('is not read as of a moment at which it was not there', async () => {
    const { database } = tasks().loadOf({} as never);
    assert(database !== undefined);
    mariadb.query('RENAME TABLE crm.rides TO crm.old');
    const session = await openSession(database);
    // Right behind the beginning of the snapshot.
    const query: Session['query'] = async (sql, values) => {
      const rows = await session.query(sql, values);
      if (sql.startsWith('START TRANSACTION')) mariadb.query(`${LATE}; RENAME TABLE crm.fresh TO crm.rides`);
      return rows;
    };
    const renaming = { query, server: session.server } as unknown as Session;
    const notHeld = await beginHeld(renaming, ['rides', 'old'], () => openSession(database));
    session.close();
    assert.deepEqual(
      [...notHeld].map(([table, { code, kind }]) => [table, code, kind]),
      [['rides', 'SourceTableChanged', 'Data']],
    );
  });
});
