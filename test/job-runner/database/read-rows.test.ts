import assert from 'node:assert/strict';
import { test, suite } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { readRows, readTextRows } from '../../../job-runner/database/read-rows.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`readRows on PostgreSQL ${version}`, async () => {
    const { uri } = await createTestDatabase(version);

    test('reads every row once, with a full or a partial last batch', async () => {
      const db = await connect(uri);
      for (const count of [0, 1, 249, 250, 251, 1000]) {
        const numbers = [];
        let batches = 0;
        for await (const { names, rows } of readRows<{ n: number }>(db, `SELECT generate_series(1, ${count}) AS n`)) {
          assert.deepEqual(names, ['n']);
          numbers.push(...rows.map(({ n }) => n));
          batches++;
        }
        assert.deepEqual(
          numbers,
          Array.from({ length: count }, (_, index) => index + 1),
        );
        assert.equal(batches, Math.floor(count / 250) + 1);
      }
      await db.end();
    });

    test('returns values as PostgreSQL prints them, and distinguishes NULL from an empty string', async () => {
      const db = await connect(uri);
      const sql = "SELECT 1.50::numeric, timestamp '2024-02-29 23:59:59', NULL, ''";
      const batches = [];
      for await (const { rows } of readTextRows(db, sql)) batches.push(...rows);
      assert.deepEqual(batches, [['1.50', '2024-02-29 23:59:59', null, '']]);
      await db.end();
    });

    test('leaves the connection usable after its reader stops early, and after an error', async () => {
      const db = await connect(uri);
      for await (const { rows } of readRows(db, 'SELECT generate_series(1, 100000)')) {
        assert.equal(rows.length, 250);
        break;
      }
      const countRows = async (sql: string) => {
        let rows = 0;
        for await (const batch of readRows(db, sql)) rows += batch.rows.length;
        return rows;
      };
      await assert.rejects(countRows('SELECT 1 / (600 - n) FROM generate_series(1, 1000) n'), /division by zero/);
      await assert.rejects(countRows('SELECT 1; SELECT 2'), /cannot insert multiple commands/);
      assert.equal(await countRows('SELECT 1'), 1);
      await db.end();
    });
  });
}
