import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { LOCKER, openClient, readAll, readers, taskOf, untilNobodyReads } from './ranges-scene.ts';
import { mariadb, READER, slowProxy, uriOf } from './server-scene.ts';

const ROWS = 1000;

/** Tables of `ROWS` rows, by what is special about their keys. */
const TABLES: Readonly<Record<string, readonly [columns: string, values: string]>> = {
  'an integer, also below zero and with gaps': ['k int PRIMARY KEY', 'CAST(seq AS SIGNED) * 7 - 2000'],
  'an unsigned bigint to its end': ['k bigint unsigned PRIMARY KEY', '18446744073709551615 - seq'],
  'a decimal': ['k decimal(30,10) PRIMARY KEY', 'seq * 0.0000000001 - 5'],
  'a text of which case does not count': ['k varchar(40) PRIMARY KEY', "CONCAT(IF(seq % 2, 'Rider ', 'rider '), seq)"],
  'a text beyond ASCII, with quotes and trailing blanks': [
    'k varchar(40) COLLATE utf8mb4_unicode_ci PRIMARY KEY',
    `CONCAT(ELT(1 + seq % 5, 'Łódź ', 'ß''', '"\\\\', '日本', '🐘'), seq, ' ')`,
  ],
  'a text of another character set': [
    'k varchar(40) CHARACTER SET latin1 COLLATE latin1_german2_ci PRIMARY KEY',
    "CONCAT(ELT(1 + seq % 3, 'ä', 'ae', 'ÿ'), seq)",
  ],
  'a text of UTF-16': ['k char(20) CHARACTER SET utf16 PRIMARY KEY', "CONCAT('é', seq)"],
  bytes: ['k varbinary(40) PRIMARY KEY', "CONCAT(X'00FF27', UNHEX(LEFT(SHA2(seq, 256), 32)))"],
  'bytes of a fixed length': ['k binary(18) PRIMARY KEY', 'UNHEX(LEFT(SHA2(seq, 256), 32))'],
  'several columns, few values in the first': [
    'k int, l varchar(9), m bigint, PRIMARY KEY (k, l, m)',
    "seq % 2, CONCAT('x', seq % 3), -CAST(seq AS SIGNED)",
  ],
  'several columns in another order than in the table': ['k int, l int, PRIMARY KEY (l, k)', 'seq, seq % 7'],
  'one that can be cut by, and a time that cannot': [
    'k int, l timestamp(3), PRIMARY KEY (k, l)',
    "seq DIV 20, '2020-01-01' + INTERVAL seq SECOND",
  ],
  'an enumeration, which cannot be cut by': ["k enum('z', 'a'), l int, PRIMARY KEY (k, l)", '1 + seq % 2, seq'],
};

before(() => {
  for (const [index, [columns, values]] of Object.values(TABLES).entries())
    mariadb.query(`USE crm; SET sql_mode = ''; SET time_zone = '+00:00';
      CREATE TABLE keys_${index} (${columns}, note varchar(50)) ROW_FORMAT=DYNAMIC;
      INSERT INTO keys_${index} SELECT ${values}, IF(seq % 9, CONCAT('note ', seq), NULL) FROM seq_1_to_${ROWS}`);
});

describe('ranges of a primary key', () => {
  for (const [index, name] of Object.keys(TABLES).entries())
    it(`give the bytes that one connection gives, whatever their number: ${name}`, async () => {
      const table = `keys_${index}`;
      const whole = await readAll(await taskOf(table, { reads: 1, rows: ROWS }));
      assert.equal(whole.rows, ROWS);
      for (const [reads, rangeRows] of [
        [2, 499],
        [3, 100],
        [4, 7],
        [2, ROWS],
        [2, ROWS + 1],
      ] as const) {
        const { rows, sha256 } = await readAll(await taskOf(table, { reads, rows: ROWS, rangeRows }));
        assert.deepEqual([rows, sha256], [ROWS, whole.sha256], `${reads} connections, ranges of ${rangeRows} rows`);
      }
    });

  it('are read without reading rows outside of them, also of a key whose first column has few values', async () => {
    const table = `keys_${Object.keys(TABLES).findIndex((name) => /few values/.test(name))}`;
    const rowsRead = () => {
      const values = mariadb
        .query("SHOW GLOBAL STATUS LIKE 'Innodb_rows_read'")
        .map((line) => Number(line.split('\t')[1]));
      return values[0] ?? 0;
    };
    const before = rowsRead();
    await readAll(await taskOf(table, { rows: ROWS, rangeRows: 50 }));
    // Once for the range's end, once for its rows, and a few.
    assert(rowsRead() - before < 3 * ROWS, `${rowsRead() - before} rows were read`);
  });

  it('are read by so many connections and no more, each of which ends with the table', async () => {
    mariadb.query(`USE crm; CREATE TABLE many (id int PRIMARY KEY, note varchar(200));
      INSERT INTO many SELECT seq, REPEAT('.', 200) FROM seq_1_to_20000`);
    const most = new Set<number>();
    await readAll(await taskOf('many', { reads: 3, rows: 20_000, rangeRows: 500 }), () => most.add(readers()));
    assert.equal(Math.max(...most), 3);
    assert.equal(await untilNobodyReads(), 0);
  });

  it('take less time where each connection is slow', async () => {
    // 4 MB: four seconds by one connection, and one by four, beside what the processor takes.
    const uri = uriOf('locker', 'locker', await slowProxy(1));
    const secondsOf = async (reads: number) => {
      const task = await taskOf('many', { uri, reads, rows: 20_000, rangeRows: 1000 });
      const started = performance.now();
      await readAll(task);
      return performance.now() - started;
    };
    const [alone, together] = [await secondsOf(1), await secondsOf(4)];
    assert(together < 0.7 * alone, `${together} ms by four connections, ${alone} ms by one`);
  });

  it('are given up at once, and nothing goes on at the server', async () => {
    const { DatabaseTable } = await import('../../../../job-runner/dump/mysql-server/database-table.ts');
    const task = await taskOf('many', { reads: 3, rows: 20_000, rangeRows: 500 });
    const table = await DatabaseTable.open(task, task.database as never);
    for await (const chunk of table.chunks()) {
      assert(chunk.length > 0);
      break;
    }
    await table.close();
    assert.equal(await untilNobodyReads(), 0);
  });

  it('fail as one where a connection of theirs is killed', async () => {
    const task = await taskOf('many', { reads: 3, rows: 20_000, rangeRows: 500 });
    let isKilled = false;
    const failure = await failureOf(
      readAll(task, () => {
        if (isKilled) return;
        isKilled = true;
        const ids = mariadb.query("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'locker' ORDER BY ID");
        mariadb.query(`KILL ${ids.at(-1) ?? ''}`);
      }),
    );
    assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient']);
    assert.equal(await untilNobodyReads(), 0);
  });

  it('are not read where no connection can have the same snapshot: by a user with SELECT alone, of another engine, beside a transaction that stays open, and one that is prepared without a connection', async () => {
    const readsAlone = async (uri: string, user: string, table = 'many') => {
      const most = new Set<number>();
      const task = await taskOf(table, { uri, reads: 3, rows: 20_000, rangeRows: 500 });
      const { rows } = await readAll(task, () => most.add(readers(user)));
      assert.equal(rows, 20_000);
      assert(Math.max(...most) <= 1, `${Math.max(...most)} connections`);
    };
    await readsAlone(READER, 'reader');
    mariadb.query('USE crm; CREATE TABLE old (PRIMARY KEY (id)) ENGINE=MyISAM SELECT * FROM many');
    await readsAlone(LOCKER, 'locker', 'old');
    const open = openClient();
    await open.query('BEGIN; UPDATE crm.many SET note = "not yet" WHERE id = 1');
    await readsAlone(LOCKER, 'locker');
    await open.query('ROLLBACK');
    await open.query(
      "XA START 'left'; UPDATE crm.many SET note = 'not yet' WHERE id = 1; XA END 'left'; XA PREPARE 'left'",
    );
    await open.end();
    await readsAlone(LOCKER, 'locker');
    mariadb.query("XA ROLLBACK 'left'");
  });
});
