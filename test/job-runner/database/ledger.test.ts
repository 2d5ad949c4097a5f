import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { ensureSchema, findLoad, forgetLoads, listLoads, migrateLedger } from '../../../job-runner/database/ledger.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { RejectRows } from '../../../job-runner/load/keep-rejects.ts';
import { quoteIdentifier } from '../../../job-runner/plan/sql.ts';
import { ledgerRow, recordLoad } from './ledger-rows.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`the ledger on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const { client, uri } = database;
    const query = (sql: string, values?: unknown[]) => database.query(sql, values);
    const odd = "Led\"ger '1' {schema} $1";

    test('lists no loads without a ledger', async () => {
      assert.deepEqual(await listLoads(client, 'nowhere'), []);
    });

    test('is created once, in a schema with any name', async () => {
      await migrateLedger(client, odd);
      await migrateLedger(client, odd);
      const tables = await query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [odd]);
      assert.deepEqual(
        tables,
        ['dumps', 'history', 'loads', 'migrations', 'rejects'].map((tablename) => ({ tablename })),
      );
      assert.deepEqual(await listLoads(client, odd), []);
    });

    test('returns a load as it was recorded, including numbers above 2^32', async () => {
      const row = ledgerRow({ versionTable: '1 "x"', mother: null });
      await recordLoad(client, odd, row);
      const found = await findLoad(client, odd, { schema: 'app', name: '1 "x"' });
      assert.ok(found?.loadedAt instanceof Date);
      assert.deepEqual(found, { ...row, loadedAt: found.loadedAt });
      assert.equal(await findLoad(client, odd, { schema: 'other', name: '1 "x"' }), undefined);
    });

    test('replaces the load of the same table', async () => {
      await recordLoad(client, odd, ledgerRow({ rows: 1 }));
      await recordLoad(client, odd, ledgerRow({ rows: 2 }));
      assert.equal((await findLoad(client, odd, { schema: 'app', name: 'v1_users' }))?.rows, 2);
      assert.equal((await listLoads(client, odd)).length, 2);
    });

    test('forgets the rejects of a load together with it', async () => {
      const [kept, replaced] = [ledgerRow({ versionTable: 'kept' }), ledgerRow({ versionTable: 'replaced' })];
      for (const row of [kept, replaced]) {
        const raw = Buffer.from([0, 0x27, 0xff]);
        const reject = { record: 1, line: 2, byteOffset: undefined, column: 'id', value: "'", sqlState: '22P02' };
        const rejects = new RejectRows(row.loadId, (text) => text);
        rejects.add({ ...reject, code: 'Sql22P02', reason: '\\', raw });
        await rejects.keep(client, odd);
        await recordLoad(client, odd, row);
      }
      await recordLoad(client, odd, { ...replaced, loadId: crypto.randomUUID() });
      const rejects = await query(`SELECT load_id, raw, reason FROM ${quoteIdentifier(odd)}.rejects`);
      assert.deepEqual(rejects, [{ load_id: kept.loadId, raw: Buffer.from([0, 0x27, 0xff]), reason: '\\' }]);
      await forgetLoads(
        client,
        odd,
        [kept, replaced].map(({ versionTable: name }) => ({ schema: 'app', name })),
      );
    });

    test('lists loads from the oldest, without forgotten ones', async () => {
      await recordLoad(client, odd, ledgerRow({ versionTable: 'a_later_one' }));
      const tables = async () => (await listLoads(client, odd)).map(({ versionTable }) => versionTable);
      assert.deepEqual(await tables(), ['1 "x"', 'v1_users', 'a_later_one']);
      await forgetLoads(client, odd, [{ schema: 'app', name: 'v1_users' }]);
      assert.deepEqual(await tables(), ['1 "x"', 'a_later_one']);
    });

    test('is created once by eight runners that start at the same time', async () => {
      const runners = await Promise.all(Array.from({ length: 8 }, () => connect(uri)));
      await Promise.all(runners.map((db) => migrateLedger(db, 'at_once')));
      assert.deepEqual(await query('SELECT count(*)::int AS migrations FROM at_once.migrations'), [{ migrations: 5 }]);
      await Promise.all(runners.map((db) => ensureSchema(db, 'target_at_once')));
      await Promise.all(runners.map((db) => db.end()));
    });

    test('is not changed if a newer Motherload created it', async () => {
      await migrateLedger(client, 'newer');
      await query('INSERT INTO newer.migrations (number) VALUES (999)');
      await assert.rejects(migrateLedger(client, 'newer'), { name: 'ManifestError', code: 'LedgerTooNew' });
      assert.deepEqual(await query('SELECT 1 FROM newer.loads'), []);
    });

    test('is rolled back if a migration fails', async () => {
      await query('CREATE SCHEMA taken; CREATE VIEW taken.loads AS SELECT 1 AS one');
      await assert.rejects(migrateLedger(client, 'taken'));
      assert.deepEqual(await query("SELECT tablename FROM pg_tables WHERE schemaname = 'taken'"), []);
    });
  });

  suite(`the privileges that the ledger needs on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const { uri } = database;
    const query = (sql: string, values?: unknown[]) => database.query(sql, values);
    const name = /test_\w+/.exec(uri)?.[0] ?? '';
    const role = `role_of_${name}`;
    await query(`CREATE ROLE ${role} LOGIN; REVOKE CREATE ON DATABASE ${name} FROM PUBLIC`);
    await query(`CREATE SCHEMA made_before; GRANT CREATE, USAGE ON SCHEMA made_before TO ${role}`);
    const asRole = uri.replace('postgres@', `${role}@`);

    test('are CREATE on an existing schema', async () => {
      const db = await connect(asRole);
      await ensureSchema(db, 'made_before');
      await migrateLedger(db, 'made_before');
      await recordLoad(db, 'made_before', ledgerRow());
      assert.equal((await listLoads(db, 'made_before')).length, 1);
      await db.end();
    });

    test('are named if the schema is missing and the role may not create it', async () => {
      const db = await connect(asRole);
      await assert.rejects(migrateLedger(db, 'not_there'), {
        name: 'ManifestError',
        code: 'SchemaMissing',
        message: /schema not_there does not exist.*create it and grant the role USAGE and CREATE on it/,
      });
      await db.end();
    });

    test('are CREATE on the database if the schema is missing', async () => {
      await query(`GRANT CREATE ON DATABASE ${name} TO ${role}`);
      const db = await connect(asRole);
      await migrateLedger(db, 'made_by_role');
      assert.deepEqual(await listLoads(db, 'made_by_role'), []);
      await db.end();
      await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
  });
}
