import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DatabaseTable } from '../../../../job-runner/dump/mysql-server/database-table.ts';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { eventually } from '../../../cluster/commands.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { entryOf, load } from '../source-database-tables.ts';
import { openClient, readAll, taskOf } from './ranges-scene.ts';
import { fill, mariadb, READER, renewDatabase, tasks } from './server-scene.ts';

const TABLES = 1000;

/** All that is ever said to a source. What is read is named in the SELECTs. */
const SAID =
  /^(?:SET NAMES utf8mb4|SET SESSION |SELECT |SHOW |START TRANSACTION (?:WITH CONSISTENT SNAPSHOT, )?READ ONLY|LOCK TABLES `rides` READ$|UNLOCK TABLES$|XA RECOVER$|COMMIT$|KILL QUERY )/;

/** What a user has said since the log was emptied. */
function saidBy(user: string): string[] {
  const said = `SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE '${user}%' AND command_type IN ('Query', 'Prepare', 'Execute')`;
  return mariadb.query(said);
}

async function readToEnd(table: DatabaseTable): Promise<void> {
  for await (const chunk of table.chunks()) assert(chunk.length > 0);
}

describe('a source database', () => {
  beforeEach(renewDatabase);

  it('is asked for rows and definitions, never written to, and locked once at most', async () => {
    const database = await createTestDatabase();
    mariadb.query("SET GLOBAL log_output = 'TABLE', general_log = ON");
    const own = tasks();
    await load(database, own.loadOf(await entryOf(own, database)));
    const [ofReader, byRanges] = [saidBy('reader'), () => saidBy('locker')];
    await readAll(await taskOf('rides', { reads: 3 }));
    mariadb.query('SET GLOBAL general_log = OFF');
    for (const statement of [...ofReader, ...byRanges()]) assert.match(statement, SAID);
    assert.equal(ofReader.filter((statement) => statement.startsWith('LOCK')).length, 0);
    assert.equal(byRanges().filter((statement) => statement.startsWith('LOCK')).length, 1);
    assert(ofReader.length > 10 && byRanges().length > 20);
  });

  it('is refused where a table got a column while its reading waited for it, which an older snapshot shows', async () => {
    const task = await taskOf('rides', { uri: READER, reads: 1 });
    const table = await DatabaseTable.open(task, task.database as never);
    const holder = openClient();
    await holder.query('LOCK TABLES crm.rides WRITE');
    const reading = failureOf(readToEnd(table));
    await eventually('a SELECT that waits', 30, () => {
      const waiting =
        "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata lock'";
      assert.equal(mariadb.query(waiting).length, 1);
    });
    await holder.query('ALTER TABLE crm.rides ADD COLUMN late int DEFAULT 5; UNLOCK TABLES');
    // MySQL itself refuses a snapshot that is older than the table: the next attempt has a newer one, and is refused then.
    assert.equal((await reading).code, IS_MYSQL ? 'SourceBusy' : 'SourceTableChanged');
    await table.close();
    await holder.end();
  });

  it('may have a thousand tables, which the catalogue has by name, and no more than the limit', async () => {
    const database = await createTestDatabase();
    const names = Array.from({ length: TABLES }, (_, index) => `table_${String(index).padStart(5, '0')}`);
    mariadb.query(
      names.map((name) => `CREATE TABLE crm.${name} (id int PRIMARY KEY, note text) ENGINE=MyISAM`).join(';'),
    );
    fill('rides', 10);
    const own = tasks();
    const entries = await catalogueOf(own, database);
    assert.deepEqual(
      entries.map(({ table }) => table),
      ['rides', ...names],
    );
    assert(entries.every(({ decision }) => decision === 'Load'));
    const limits = { ...own.catalogue.limits, maxTables: TABLES };
    const failure = await failureOf(catalogueOf({ ...own, catalogue: { ...own.catalogue, limits } }, database));
    assert.equal(failure.code, 'TooManyTables');
    assert.match(failure.message, /more than 1000 tables \(spec\.limits\.maxTables\)/);
  });
});
