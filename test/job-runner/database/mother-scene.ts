import assert from 'node:assert/strict';
import { beforeEach } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { Target } from '../../../crds/contract/task.ts';
import type { Database } from '../../../job-runner/database/connection.ts';
import { listLoads } from '../../../job-runner/database/ledger.ts';
import { prepareMothers } from '../../../job-runner/database/mothers.ts';
import { commentStatement } from '../../../job-runner/plan/statements.ts';
import { versionTableComment } from '../../../job-runner/plan/version-table-comment.ts';
import type { MotherPlan } from '../../../job-runner/plan/mother/mother-plan.ts';
import { quoteIdentifier, quoteQualified } from '../../../job-runner/plan/sql.ts';
import { createTestDatabase, type PostgresqlVersion } from '../../database.ts';
import { ledgerRow, recordLoad } from './ledger-rows.ts';

export const target: Target = {
  databaseSecretRef: { name: 'database', key: 'uri' },
  schema: 'App "1"',
  ledgerSchema: 'ledger',
  versionTableName: '{version}_{table}',
};
export const task = { ingestion: { namespace: 'default', name: 'nightly', run: 'this run' }, target };
export const schema = quoteIdentifier(target.schema);

export function plan(action: MotherPlan['action'], name = 'users'): MotherPlan {
  const columns = [
    { name: 'user_id', type: 'text', notNull: true },
    { name: 'Odd " name', type: 'numeric(12,2)', notNull: false },
  ];
  return { name, action, origin: 'Derived', columns, warnings: [] };
}

/** A database of a suite's own, whose schemas are empty before each of its tests. */
export async function createMotherScene(version: PostgresqlVersion) {
  const database = await createTestDatabase(version);
  const db = database.client;
  const query = (sql: string) => database.query(sql);
  const prepare = (...plans: MotherPlan[]) => prepareMothers(db, task, plans, SILENT_LOG);
  const tables = async () =>
    (await database.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [target.schema])).map(
      (row) => row['tablename'],
    );
  const recorded = async () => (await listLoads(db, target.ledgerSchema)).map(({ versionTable }) => versionTable);

  /** A version table as a load leaves it. */
  async function load(name: string, mother = 'users', run = 'an earlier run'): Promise<void> {
    const ingestion = { ...task.ingestion, run };
    const row = ledgerRow({ targetSchema: target.schema, versionTable: name, mother, ingestion });
    await query(
      `CREATE TABLE ${quoteQualified(target.schema, name)} () INHERITS (${quoteQualified(target.schema, mother)})`,
    );
    await db.query(commentStatement({ schema: target.schema, name }, versionTableComment(row)));
    await recordLoad(db, target.ledgerSchema, row);
  }

  /** The policy stops with this error, and nothing has changed. */
  async function stops(
    action: 'Purge' | 'Recreate',
    code: string,
    message: RegExp,
    ...others: MotherPlan[]
  ): Promise<void> {
    const before = [await tables(), await recorded()];
    await assert.rejects(prepare(...others, plan(action)), { name: 'ManifestError', code, message });
    assert.deepEqual([await tables(), await recorded()], before);
  }

  /** Another session's statement stands in line for a lock. */
  async function waitsForLock(session: Database): Promise<void> {
    const { processID } = session as unknown as { processID: number };
    const waiting = 'SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted';
    while ((await database.query(waiting, [processID])).length === 0) await wait(20);
  }

  beforeEach(async () => {
    await query(
      `DROP SCHEMA IF EXISTS ${schema} CASCADE; DROP SCHEMA IF EXISTS ledger CASCADE; DROP SCHEMA IF EXISTS other CASCADE`,
    );
  });

  return { database, db, query, prepare, tables, recorded, load, stops, waitsForLock };
}
