import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openClient, readAll, readers, taskOf } from './ranges-scene.ts';
import { beginTogether } from '../../../../job-runner/dump/mysql-server/begin-together.ts';
import { openSession } from '../../../../job-runner/dump/mysql-server/open-session.ts';
import type { Session } from '../../../../job-runner/dump/mysql-server/session.ts';
import { mariadb } from './server-scene.ts';

const ROWS = 4200;
const READS = 10;
const WRITERS = 2;

/**
 * Transactions without a pause, each of which moves an amount between two rows and a row from one end of the key to the other: whoever sees half of one
 * sees another sum, or a row twice or not at all.
 */
before(() => {
  mariadb.query(`USE crm;
    CREATE TABLE stop (id int);
    CREATE TABLE purses (id int PRIMARY KEY, amount int, note varchar(400));
    INSERT INTO purses SELECT seq, 100, REPEAT('.', 400) FROM seq_1_to_${ROWS};
    DELIMITER //
    CREATE PROCEDURE move_on(writer int) BEGIN
      SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
      WHILE NOT EXISTS (SELECT 1 FROM stop) DO
        -- Rows of this writer alone, so that no two wait for each other.
        SET @one = ${WRITERS} * FLOOR(RAND() * ${ROWS / WRITERS}) + writer, @other = ${WRITERS} * FLOOR(RAND() * ${ROWS / WRITERS}) + writer;
        START TRANSACTION;
        UPDATE purses SET amount = amount - 7 WHERE id IN (@one, @one + 1000000);
        UPDATE purses SET id = IF(id > 1000000, id - 1000000, id + 1000000) WHERE id IN (@other, @other + 1000000);
        UPDATE purses SET amount = amount + 7 WHERE id IN (@other, @other + 1000000);
        COMMIT;
      END WHILE;
    END //
    DELIMITER ;`);
});

describe('the snapshots of the connections that read a table', () => {
  it('are one, with writers at full speed, who go on meanwhile', async () => {
    const writers = Array.from({ length: WRITERS }, () => openClient());
    const written = Promise.all(writers.map((client, index) => client.query(`USE crm; CALL move_on(${index + 1})`)));
    const digests = new Set<string>();
    const connections: number[] = [];
    try {
      const task = await taskOf('purses', { reads: 4, rows: ROWS, rangeRows: 100 });
      for (let read = 0; read < READS; read++) {
        let isAsked = false;
        const { rows, text, sha256 } = await readAll(task, () => {
          // Once, since asking takes longer than reading; in each read, since one may have found no moment for the lock.
          if (!isAsked) connections.push(readers());
          isAsked = true;
        });
        const found = text
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t').map(Number));
        assert.equal(rows, ROWS, 'rows');
        assert.equal(new Set(found.map(([id = 0]) => id % 1_000_000)).size, ROWS, 'each row once');
        assert.equal(
          found.reduce((sum, [, amount = 0]) => sum + amount, 0),
          100 * ROWS,
          'the sum of the amounts',
        );
        digests.add(sha256);
      }
    } finally {
      mariadb.query('INSERT INTO crm.stop VALUES (1)');
      await written;
    }
    assert.equal(Math.max(...connections), 4);
    assert(digests.size > READS / 2, 'the writers have written between the reads');
  });

  it('are one connection where the lock ended before all had begun: the server ends it after five seconds, and writers go on', async () => {
    const { database } = await taskOf('purses');
    assert(database !== undefined);
    const first = await openSession(database);
    const writer = openClient();
    await writer.query('SET lock_wait_timeout = 60');
    const locked = Promise.withResolvers<undefined>();
    let isFirstTime = true;
    const query = async (sql: string) => {
      if (isFirstTime && sql.startsWith('START TRANSACTION')) {
        isFirstTime = false;
        locked.resolve(undefined);
        await wait(15_000);
      }
      return await first.query(sql);
    };
    const stopped = { server: first.server, query, close: () => first.close() } as Session;
    const beginning = beginTogether(stopped, 1, ['purses'], () => openSession(database));
    await locked.promise;
    const started = performance.now();
    await writer.query('UPDATE crm.purses SET note = "x" WHERE id = 1');
    const waited = performance.now() - started;
    // For the five seconds, and not for the fifteen until the transaction begins.
    assert(waited > 2000 && waited < 12_000, `the writer waited for ${waited} ms`);
    assert.deepEqual(await beginning, [stopped]);
    first.close();
    await writer.end();
  });
});
