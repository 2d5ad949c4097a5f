import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openSession } from '../../../../job-runner/dump/mysql-server/open-session.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { entryOf, load } from '../source-database-tables.ts';
import { fill, mariadb, tasks } from './server-scene.ts';

/** Settings that an administrator may have made for everyone, and their defaults. */
const SETTINGS: readonly (readonly [name: string, value: string, usual: string])[] = [
  ['sql_select_limit', '3', 'DEFAULT'],
  ['max_join_size', '3', 'DEFAULT'],
  ['autocommit', '0', '1'],
  ['completion_type', '2', '0'],
  ['sql_mode', "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "''"],
  ...(IS_MYSQL ? [] : [['system_versioning_asof', "'2020-01-01'", 'DEFAULT'] as const]),
];

describe('what an administrator has set for everyone', () => {
  for (const [name, value, usual] of SETTINGS)
    it(`changes no row: ${name} = ${value}`, async () => {
      fill('kept', 200);
      if (!IS_MYSQL) mariadb.query('ALTER TABLE crm.kept ADD SYSTEM VERSIONING');
      mariadb.query(`UPDATE crm.kept SET rider = 'now' WHERE id <= 100; SET GLOBAL ${name} = ${value}`);
      try {
        const [database, own] = [await createTestDatabase(), tasks()];
        assert.equal((await load(database, own.loadOf(await entryOf(own, database, 'kept')))).rows, 200);
        assert.deepEqual(await database.query("SELECT count(*)::int AS now FROM v1_kept WHERE rider = 'now'"), [
          { now: 100 },
        ]);
      } finally {
        mariadb.query(`SET GLOBAL ${name} = ${usual}`);
      }
    });

  const idle = IS_MYSQL ? [] : ['idle_transaction_timeout', 'idle_readonly_transaction_timeout', 'wait_timeout'];
  for (const name of idle)
    it(`ends no transaction between two tables: ${name} = 1`, async () => {
      // Each its own: what one session has read is locked until its end has arrived.
      fill(name, 10);
      const [usual = ''] = mariadb.query(`SELECT @@GLOBAL.${name}`);
      const { database } = tasks().loadOf({} as never);
      assert(database !== undefined);
      mariadb.query(`SET GLOBAL ${name} = 1`);
      const session = await openSession(database);
      try {
        await session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
        await setTimeout(2500);
        const [row] = await session.query(`SELECT COUNT(*) AS count FROM ${name}`);
        assert.equal(row?.['count'], '10');
      } finally {
        session.close();
        mariadb.query(`SET GLOBAL ${name} = ${usual}`);
      }
    });
});
