import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { openSession } from '../../../../job-runner/dump/mysql-server/open-session.ts';
import { listTables } from '../../../../job-runner/dump/mysql-server/schema-queries.ts';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { eventually } from '../../../cluster/commands.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { openClient } from './ranges-scene.ts';
import { fill, mariadb, renewDatabase, tasks, uriOf } from './server-scene.ts';
import { entryOf, load, withPolicy } from '../source-database-tables.ts';

describe('what a schema of MariaDB has', () => {
  beforeEach(renewDatabase);

  it('is refused where it was altered or dropped after the catalogue', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    for (const change of [
      'ADD COLUMN note text',
      'MODIFY rider varchar(61)',
      'DROP COLUMN note, RENAME COLUMN rider TO driver',
    ]) {
      mariadb.query(`ALTER TABLE crm.rides ${change}`);
      const failure = await failureOf(load(database, task));
      assert.deepEqual([failure.code, failure.kind], ['SourceTableChanged', 'Data'], change);
    }
    mariadb.query('DROP TABLE crm.rides');
    const { code, message } = await failureOf(load(database, task));
    assert.equal(code, 'SourceTableChanged');
    assert.match(message, /run the ingestion again/);
  });

  it('is refused, alone, where the user may not read all of its columns', async () => {
    const database = await createTestDatabase();
    fill('secret', 5);
    fill('half', 5);
    mariadb.query(`DROP USER IF EXISTS partly@'%'; CREATE USER partly@'%' IDENTIFIED BY 'x'; GRANT SELECT ON crm.rides TO partly@'%';
      GRANT INSERT ON crm.secret TO partly@'%'; GRANT SELECT (id) ON crm.half TO partly@'%'`);
    const own = tasks('', uriOf('partly', 'x'));
    const entries = await catalogueOf(own, database);
    const secret = entries.find(({ table }) => table === 'secret');
    assert.deepEqual([secret?.decision, secret?.reason], ['Fail', 'SourceAccessDenied']);
    const half = await failureOf(load(database, own.loadOf(await entryOf(own, database, 'half'))));
    assert.deepEqual([half.code, half.kind], ['SourceAccessDenied', 'Manifest']);
    assert.match(half.message, /grant SELECT/);
    assert.equal((await load(database, own.loadOf(await entryOf(own, database)))).rows, 1000);
  });

  it('is refused where the user may read all columns but an invisible one, of which information_schema tells it nothing', async () => {
    const database = await createTestDatabase();
    fill('hidden', 5);
    mariadb.query(`ALTER TABLE crm.hidden ADD COLUMN unseen int INVISIBLE DEFAULT 7;
      DROP USER IF EXISTS columns@'%'; CREATE USER columns@'%' IDENTIFIED BY 'x'; GRANT SELECT (id, rider) ON crm.hidden TO columns@'%'`);
    const own = tasks('', uriOf('columns', 'x'));
    const { code } = await failureOf(load(database, own.loadOf(await entryOf(own, database, 'hidden'))));
    assert.equal(code, 'SourceAccessDenied');
    await load(database, tasks().loadOf(await entryOf(tasks(), database, 'hidden')));
    assert.deepEqual(await database.query('SELECT count(*)::int AS seen FROM v1_hidden WHERE unseen = 7'), [
      { seen: 5 },
    ]);
  });

  it('is refused, alone, where the server cannot open it, and tried again where it waits for it in vain', async () => {
    // MySQL has all definitions in tables of its own.
    if (IS_MYSQL) return;
    const database = await createTestDatabase();
    fill('broken', 5);
    mariadb.query('FLUSH TABLES');
    truncateSync(join(dirname(mariadb.socket), 'data', 'crm', 'broken.frm'), 20);
    const broken = (await catalogueOf(tasks(), database)).find(({ table }) => table === 'broken');
    assert.deepEqual([broken?.decision, broken?.reason], ['Fail', 'SourceRefused']);
    assert.match(broken?.message ?? '', /error 1033/);
    const session = await openSession(tasks().loadOf({} as never).database as never);
    await session.query('SET SESSION lock_wait_timeout = 1');
    const creator = openClient();
    const created = assert.rejects(creator.query('CREATE TABLE crm.busy AS SELECT SLEEP(60) AS slept'), /has ended/);
    const isBusy = () => mariadb.query('SHOW PROCESSLIST').filter((line) => line.includes('User sleep'));
    await eventually('a table that nobody may open', 10, () => assert.equal(isBusy().length, 1));
    const busy = (await listTables(session)).find(({ name }) => name === 'busy');
    session.close();
    mariadb.query(`KILL ${isBusy()[0]?.split('\t')[0] ?? ''}`);
    await created;
    assert.deepEqual([busy?.refusal?.code, busy?.refusal?.kind], ['SourceBusy', 'Transient']);
  });

  it('is named as it was found where two names differ in nothing but case', async () => {
    const database = await createTestDatabase();
    fill('Rides', 3);
    const own = tasks();
    const entries = await catalogueOf(own, database);
    assert.deepEqual(
      entries.map(({ table, reason, dat }) => [table, reason, dat?.entry]),
      [
        ['rides', 'DuplicateEntry', 'Rides'],
        ['rides', 'DuplicateEntry', 'rides'],
      ],
    );
  });

  it('is chosen by patterns', async () => {
    const database = await createTestDatabase();
    for (const name of ['orders', 'order_items', 'tmp_1']) fill(name, 1);
    const own = tasks(', includeTables: ["O*", "tmp*"], excludeTables: ["*_1"]');
    const entries = await catalogueOf(own, database);
    assert.deepEqual(
      entries.map(({ table }) => table),
      ['order_items', 'orders'],
    );
    const none = tasks(', includeTables: ["nothing*"]');
    assert.equal((await failureOf(catalogueOf(none, database))).code, 'NoDumps');
  });

  it('may have no primary key, one of several columns or of parts of them, or another engine', async () => {
    const database = await createTestDatabase();
    const body = 'SELECT seq % 7 AS a, CONCAT("k", seq) AS k, seq AS n FROM seq_1_to_500';
    mariadb.query(`USE crm;
      CREATE TABLE crm.heap (a int, k varchar(20), n int) AS ${body};
      CREATE TABLE crm.composed (a int, k varchar(20), n int, PRIMARY KEY (k, a)) AS ${body};
      CREATE TABLE crm.prefixed (a int, k varchar(20) NOT NULL, n int, PRIMARY KEY (k(4), n)) AS ${body};
      CREATE TABLE crm.old (a int, k varchar(20), n int PRIMARY KEY) ENGINE=MyISAM AS ${body};
      CREATE TABLE crm.parts (a int, k varchar(20), n int PRIMARY KEY) PARTITION BY HASH (n) PARTITIONS 4 AS ${body}`);
    const own = tasks();
    for (const table of ['heap', 'composed', 'prefixed', 'old', 'parts']) {
      const task = own.loadOf(await entryOf(own, database, table));
      const { rows, warnings } = await load(database, task);
      assert.equal(rows, 500, table);
      // Only an engine without snapshots has writers wait.
      assert.equal(
        warnings.some((warning) => /MyISAM, has no snapshots/.test(warning)),
        table === 'old',
        table,
      );
      assert.deepEqual(
        await database.query(`SELECT sum(a)::int AS a, sum(n)::int AS n, count(DISTINCT k)::int AS k FROM v1_${table}`),
        [{ a: Number(mariadb.query(`SELECT SUM(a) FROM crm.${table}`)[0]), n: 125_250, k: 500 }],
        table,
      );
      assert.equal((await load(database, withPolicy(task, 'Replace', 'again'))).outcome, 'AlreadyLoaded', table);
    }
  });

  it('may have values of many megabytes, and is refused where a row has more than 64 MiB', async () => {
    const database = await createTestDatabase();
    mariadb.query(`CREATE TABLE crm.big (id int PRIMARY KEY, body longtext, more longtext, rest longtext);
      INSERT INTO crm.big VALUES (1, REPEAT('x\\n', 9000000), 'y', ''), (2, 'z', NULL, '')`);
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database, 'big'));
    assert.equal((await load(database, task)).rows, 2);
    assert.deepEqual(
      await database.query(
        "SELECT id, length(body) AS length, md5(body) = md5(repeat(E'x\\n', 9000000)) AS same FROM v1_big ORDER BY id",
      ),
      [
        { id: 1, length: 18_000_000, same: true },
        { id: 2, length: 1, same: false },
      ],
    );
    mariadb.query(`INSERT INTO crm.big SELECT 3, REPEAT('x', 30000000), REPEAT('y', 30000000), REPEAT('z', 10000000)`);
    const failure = await failureOf(load(database, withPolicy(task, 'Replace', 'longer')));
    assert.deepEqual([failure.code, failure.kind], ['RecordTooLong', 'Data']);
  });

  it('keeps its rejects, as a file does', async () => {
    const database = await createTestDatabase();
    mariadb.query(`UPDATE crm.rides SET rider = CONCAT('a', CHAR(0), 'b') WHERE id = 7`);
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    const failure = await failureOf(load(database, task));
    assert.equal(failure.kind, 'Data');
    assert.equal(failure.line, 7);
    const lenient: LoadTask = { ...task, rejects: { limit: 1 } };
    const result = await load(database, lenient);
    assert.deepEqual([result.rows, result.rejects], [999, 1]);
    assert.equal((await load(database, withPolicy(lenient, 'Replace', 'again'))).outcome, 'AlreadyLoaded');
  });
});
