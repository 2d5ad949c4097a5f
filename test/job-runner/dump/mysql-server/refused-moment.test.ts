import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../../../database.ts';
import { oneMomentTasks } from '../../../source-database/one-moment.ts';
import { entriesOf, runBatch } from '../../load/encrypted-scene.ts';
import { folder, mariadb, READER } from './server-scene.ts';

const COLUMNS =
  "SELECT string_agg(attname, ',' ORDER BY attnum) AS columns FROM pg_attribute WHERE attnum > 0 AND attrelid = 'one'::regclass";

describe('tables of MariaDB as of one moment, of which a mother refuses one', () => {
  it('change no other mother, since none of them is loaded', async () => {
    mariadb.query(`DROP DATABASE crm; CREATE DATABASE crm CHARACTER SET utf8mb4; USE crm;
      CREATE TABLE stop (id int);
      CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id int PRIMARY KEY, note int);
      INSERT INTO one VALUES (1); INSERT INTO two VALUES (1, 1)`);
    const database = await createTestDatabase();
    const run = async (version: string, mode: 'Evolve' | 'Fail') => {
      const tasks = oneMomentTasks(folder, READER);
      const { database: source, motherTables, ...catalogue } = tasks.catalogue;
      assert(source !== undefined);
      const contract = { ...motherTables.contract, missingColumns: mode };
      const changed = { ...catalogue, database: { ...source, version }, motherTables: { ...motherTables, contract } };
      const entries = await entriesOf(database, changed);
      if (!entries.some(({ decision }) => decision === 'Load')) return entries.map(({ reason }) => reason);
      return Object.values((await runBatch(database, tasks.batchOf(entries))).byTable);
    };
    assert.deepEqual(await run('v1', 'Fail'), ['Loaded 1', 'Loaded 1']);
    mariadb.query('USE crm; ALTER TABLE one ADD COLUMN more int; ALTER TABLE two DROP COLUMN note');
    assert.deepEqual(await run('v2', 'Fail'), ['OtherTableFailed', 'ContractMissingColumn']);
    assert.deepEqual(await database.query(COLUMNS), [{ columns: 'id' }]);
    assert.deepEqual(await run('v2', 'Evolve'), ['Loaded 1', 'Loaded 1']);
    assert.deepEqual(await database.query(COLUMNS), [{ columns: 'id,more' }]);
  });
});
