import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Progress } from '../../../../crds/contract/report.ts';
import { loadTaskOf } from '../../../../crds/contract/load-task.ts';
import { openTable } from '../../../../job-runner/dump/open-table.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase, type TestDatabase } from '../../../database.ts';
import { oneMomentTasks } from '../../../source-database/one-moment.ts';
import { entriesOf, runBatch } from '../../load/encrypted-scene.ts';
import { openClient } from './ranges-scene.ts';
import { folder, mariadb, READER, slowProxy, PASSWORD, uriOf } from './server-scene.ts';

const ROWS = 2000;
const WRITERS = 2;
const SUM =
  'SELECT sum(amount)::int AS sum FROM (SELECT amount FROM v1_left UNION ALL SELECT amount FROM v1_right) all_purses';

/** Transactions without a pause, each of which moves an amount from a row of one table to a row of the other. */
function prepare(): void {
  mariadb.query(`DROP DATABASE crm; CREATE DATABASE crm CHARACTER SET utf8mb4; USE crm;
    CREATE TABLE stop (id int);
    CREATE TABLE \`left\` (id int PRIMARY KEY, amount int, note varchar(400));
    CREATE TABLE middle (id int PRIMARY KEY, note varchar(400));
    CREATE TABLE \`right\` (id int PRIMARY KEY, amount int, note varchar(400));
    INSERT INTO \`left\` SELECT seq, 100, REPEAT('.', 300) FROM seq_1_to_${ROWS};
    INSERT INTO \`right\` SELECT seq, 100, REPEAT('.', 300) FROM seq_1_to_${ROWS};
    INSERT INTO middle SELECT seq, REPEAT('.', 300) FROM seq_1_to_${20 * ROWS};
    DELIMITER //
    CREATE PROCEDURE move_on(writer int) BEGIN
      SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
      WHILE NOT EXISTS (SELECT 1 FROM stop) DO
        SET @one = ${WRITERS} * FLOOR(RAND() * ${ROWS / WRITERS}) + writer;
        START TRANSACTION;
        UPDATE \`left\` SET amount = amount - 7 WHERE id = @one;
        UPDATE \`right\` SET amount = amount + 7 WHERE id = @one;
        COMMIT;
      END WHILE;
    END //
    DELIMITER ;`);
}

type Options = NonNullable<Parameters<typeof oneMomentTasks>[2]> & { readonly uri?: string };

const tasksOf = ({ uri = READER, ...options }: Options = {}) => oneMomentTasks(folder, uri, options);

/** What a run does: its catalogue, and then its one Job. */
async function runOf(database: TestDatabase, options: Options = {}, between: () => void = () => undefined) {
  const tasks = tasksOf(options);
  const entries = await entriesOf(database, tasks.catalogue);
  between();
  return await runBatch(database, tasks.batchOf(entries));
}

async function whileWriting(work: () => Promise<void>): Promise<void> {
  const writers = Array.from({ length: WRITERS }, () => openClient());
  const written = Promise.all(writers.map((client, index) => client.query(`USE crm; CALL move_on(${index + 1})`)));
  try {
    await work();
  } finally {
    mariadb.query('INSERT INTO crm.stop VALUES (1)');
    await written;
    for (const writer of writers) await writer.end();
  }
}

const versionTables = async (database: TestDatabase) =>
  (await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'v1\\_%' AND relkind = 'r' ORDER BY 1")).map(
    ({ relname }) => relname,
  );

describe('tables of MariaDB as of one moment', () => {
  beforeEach(prepare);

  it('fit to each other while writers go on', async () => {
    const digests = new Set<unknown>();
    await whileWriting(async () => {
      for (let read = 0; read < 5; read++) {
        const database = await createTestDatabase();
        const { byTable, result } = await runOf(database);
        assert.equal(result.outcome, 'Succeeded');
        assert.deepEqual(byTable, { left: 'Loaded 2000', middle: 'Loaded 40000', right: 'Loaded 2000' });
        assert.deepEqual(await database.query(SUM), [{ sum: 200 * ROWS }]);
        const [row] = await database.query("SELECT sha256 FROM motherload.loads WHERE version_table = 'v1_left'");
        digests.add(row?.['sha256']);
      }
    });
    assert(digests.size > 1, 'the writers have written between the runs');
  });

  it('are read again within the same moment where one has to be copied in another way', async () => {
    const database = await createTestDatabase();
    await database.query('CREATE TABLE "left" (id bigint, amount bigint, note text CHECK (id <> 7))');
    await whileWriting(async () => {
      const { byTable } = await runOf(database, { spec: '  rejects: { limit: 5 }\n' });
      assert.deepEqual(byTable, { left: 'Loaded 1999', middle: 'Loaded 40000', right: 'Loaded 2000' });
    });
    const [row] = await database.query("SELECT convert_from(raw, 'UTF8') AS raw FROM motherload.rejects");
    const [, amount = ''] = String(row?.['raw']).split('\t');
    const [found] = await database.query(SUM);
    assert.equal(Number(found?.['sum']) + Number(amount), 200 * ROWS);
  });

  it('are none where one cannot be loaded, which says why', async () => {
    const database = await createTestDatabase();
    await database.query('CREATE TABLE "right" (id bigint, amount bigint CHECK (amount < 100), note text)');
    const { results, byTable, result } = await runOf(database);
    assert.equal(result.outcome, 'Succeeded');
    assert.deepEqual(byTable, { left: 'OtherTableFailed', middle: 'OtherTableFailed', right: 'Sql23514' });
    const [first] = results;
    assert(first?.outcome === 'Failed');
    assert.match(first.failure.message, /right cannot be/);
    assert.deepEqual(await versionTables(database), []);
    assert.deepEqual(await database.query('SELECT * FROM motherload.loads'), []);
    const failures = await database.query(
      "SELECT version_table AS name FROM motherload.history WHERE outcome = 'Failed' ORDER BY 1",
    );
    assert.deepEqual(failures, [{ name: 'v1_left' }, { name: 'v1_middle' }, { name: 'v1_right' }]);
  });

  for (const [what, statement, code] of [
    ['was dropped', 'DROP TABLE crm.`right`', 'SourceTableChanged'],
    ['has got a column', 'ALTER TABLE crm.`right` ADD COLUMN later int', 'SourceTableChanged'],
    [
      'may no longer be read',
      'REVOKE SELECT ON crm.* FROM reader@"%"; GRANT SELECT ON crm.`left` TO reader@"%"; GRANT SELECT ON crm.middle TO reader@"%"',
      'SourceAccessDenied',
    ],
    ['is of an engine without snapshots', 'ALTER TABLE crm.`right` ENGINE=MyISAM', 'SourceSnapshot'],
  ] as const)
    it(`are none, and none is read, where one ${what} since the catalogue`, async () => {
      const database = await createTestDatabase();
      const { byTable } = await runOf(database, {}, () => mariadb.query(statement));
      mariadb.query("REVOKE ALL ON *.* FROM reader@'%'; GRANT SELECT ON crm.* TO reader@'%'");
      assert.deepEqual(byTable, { left: 'OtherTableFailed', middle: 'OtherTableFailed', right: code });
      assert.deepEqual(await versionTables(database), []);
    });

  it('are refused by a plan, too, where one is of an engine without snapshots', async () => {
    mariadb.query('ALTER TABLE crm.`right` ENGINE=MyISAM');
    const tasks = tasksOf();
    const task = tasks.batchOf(await entriesOf(await createTestDatabase(), tasks.catalogue));
    const right = task.tables.find(({ table }) => table === 'right');
    assert(right !== undefined);
    const failure = await failureOf(openTable(loadTaskOf(task, right)));
    assert.deepEqual([failure.code, failure.table], ['SourceSnapshot', 'right']);
  });

  it('are none where the catalogue knows that one cannot be loaded', async () => {
    const database = await createTestDatabase();
    await database.query('CREATE TABLE v1_right (id int)');
    const entries = await entriesOf(database, tasksOf().catalogue);
    assert(entries.every(({ decision }) => decision === 'Load'));
    mariadb.query('CREATE TABLE crm.`Left` (id int)');
    const clashing = await entriesOf(database, tasksOf().catalogue);
    assert.deepEqual(clashing.map(({ decision, reason }) => [decision, reason]).toSorted(), [
      ['Fail', 'DuplicateEntry'],
      ['Fail', 'DuplicateEntry'],
      ['Fail', 'OtherTableFailed'],
      ['Fail', 'OtherTableFailed'],
    ]);
  });

  it('keep what an ALTER or a TRUNCATE would do meanwhile waiting to their end', async () => {
    const database = await createTestDatabase();
    const at = await slowProxy(1.5);
    const changer = openClient();
    const tasks = tasksOf({ uri: uriOf('reader', PASSWORD, at) });
    const loading = runBatch(database, tasks.batchOf(await entriesOf(database, tasks.catalogue)));
    await snapshotOf('reader');
    const changing = changer.query('SET lock_wait_timeout = 300; TRUNCATE crm.`right`');
    // What is loaded once nobody is kept waiting, which may be a moment before the load says so.
    const loadedThen = changing.then(() => versionTables(database));
    assert.deepEqual((await loading).byTable, { left: 'Loaded 2000', middle: 'Loaded 40000', right: 'Loaded 2000' });
    assert.deepEqual(await loadedThen, ['v1_left', 'v1_middle', 'v1_right']);
    assert.deepEqual(mariadb.query('SELECT COUNT(*) FROM crm.`right`'), ['0']);
  });

  it('are none after the connection broke in the middle, and all of them the next time', async () => {
    const database = await createTestDatabase();
    const at = await slowProxy(3, 4_000_000);
    const run = crypto.randomUUID();
    const { result, byTable } = await runOf(database, { uri: uriOf('reader', PASSWORD, at), run });
    assert.equal(result.outcome, 'Failed');
    assert.equal(result.failure.kind, 'Transient');
    assert.deepEqual(byTable, { left: 'none', middle: 'none', right: 'none' });
    assert.deepEqual(await versionTables(database), []);
    const again = await runOf(database, { run });
    assert.deepEqual(again.byTable, { left: 'Loaded 2000', middle: 'Loaded 40000', right: 'Loaded 2000' });
  });

  it('say how far each of them is', async () => {
    const database = await createTestDatabase();
    const tasks = tasksOf({ uri: uriOf('reader', PASSWORD, await slowProxy(3)) });
    const task = tasks.batchOf(await entriesOf(database, tasks.catalogue));
    const seen: Progress[] = [];
    await runBatch(database, task, (progress) => seen.push(progress));
    const named = seen.map(({ tables }) => [
      task.tables[tables?.current ?? -1]?.table,
      tables?.read.map(({ table, rows }) => [task.tables[table]?.table, rows]),
    ]);
    assert(seen.length >= 3, `${seen.length} reports`);
    assert.deepEqual(named[1], ['middle', [['left', 2000]]]);
    const copying = seen.filter(({ step }) => step === 'copy').map(({ rows }) => rows);
    assert.deepEqual(
      copying,
      copying.toSorted((one, other) => one - other),
    );
    assert((copying.at(-1) ?? 0) > 10_000 && (seen[1]?.compressedBytes ?? 0) > 100_000);
  });

  it('stay as they are where they hold the same rows, and the others are replaced', async () => {
    const database = await createTestDatabase();
    await runOf(database);
    mariadb.query('UPDATE crm.middle SET note = "new" WHERE id = 1');
    const replaced = await runOf(database, { spec: '  loading: { onExisting: Replace }\n' });
    assert.deepEqual(replaced.byTable, { left: 'AlreadyLoaded 0', middle: 'Loaded 40000', right: 'AlreadyLoaded 0' });
    assert.deepEqual(await database.query('SELECT note FROM v1_middle WHERE id = 1'), [{ note: 'new' }]);
    mariadb.query('UPDATE crm.middle SET note = "newer" WHERE id = 1');
    const refused = await runOf(database);
    assert.deepEqual(refused.byTable, {
      left: 'OtherTableFailed',
      middle: 'OtherContentLoaded',
      right: 'OtherTableFailed',
    });
    assert.deepEqual(await database.query('SELECT note FROM v1_middle WHERE id = 1'), [{ note: 'new' }]);
  });

  it('are refused where they are more than one Job takes, before anything is created', async () => {
    const database = await createTestDatabase();
    const many = Array.from({ length: 98 }, (_, index) => `CREATE TABLE t${index} (id int PRIMARY KEY)`);
    mariadb.query(`USE crm; ${many.join('; ')}`);
    await assert.rejects(entriesOf(database, tasksOf().catalogue), {
      code: 'TooManyTables',
      message: /of the 101 tables at most 100 can be read as of one moment/,
    });
    assert.deepEqual(await database.query("SELECT relname FROM pg_class WHERE relname IN ('left', 'right')"), []);
    const { byTable } = await runOf(database, { more: ', includeTables: ["t*"]' });
    assert.equal(Object.values(byTable).filter((outcome) => outcome === 'Loaded 0').length, 98);
  });
});

/** Waits until a connection of this user has a snapshot. The server refreshes INNODB_TRX only after a tenth of a second in which nobody has read it. */
async function snapshotOf(user: string): Promise<void> {
  const sql = `SELECT ID FROM information_schema.PROCESSLIST JOIN information_schema.INNODB_TRX ON trx_mysql_thread_id = ID WHERE USER = '${user}'`;
  for (const end = Date.now() + 30_000; mariadb.query(sql).length === 0;) {
    assert(Date.now() < end, 'no snapshot was begun');
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
