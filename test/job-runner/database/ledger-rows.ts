import type { Database } from '../../../job-runner/database/connection.ts';
import type { LedgerRow } from '../../../job-runner/database/ledger.ts';
import { forgetStatements, recordParameters, recordStatement } from '../../../job-runner/plan/ledger-statements.ts';
import type { DumpColumn } from '../../../job-runner/plan/table-plan.ts';

/** Records a load by the statements of a load's steps. */
export async function recordLoad(
  db: Database,
  ledgerSchema: string,
  row: Omit<LedgerRow, 'loadedAt'>,
  columns: readonly DumpColumn[] = [],
): Promise<void> {
  const table = { schema: row.targetSchema, name: row.versionTable };
  for (const statement of forgetStatements(ledgerSchema, [table], 'Replaced')) await db.query(statement);
  await db.query(recordStatement(ledgerSchema, row), [...recordParameters(row, columns)]);
}

/** A load as it may stand in the ledger. */
export function ledgerRow(row: Partial<Omit<LedgerRow, 'loadedAt'>> = {}): Omit<LedgerRow, 'loadedAt'> {
  return {
    targetSchema: 'app',
    versionTable: 'v1_users',
    loadId: crypto.randomUUID(),
    mother: 'users',
    dumpFile: 'app_v1.zip',
    entry: 'users.dat',
    dumpVersion: 'v1',
    crc32: '0a1b2c3d',
    bytes: 5_000_000_000,
    planDigest: 'a'.repeat(64),
    rows: 6_000_000_000,
    streams: 2,
    rejects: 0,
    records: 6_000_000_000,
    sha256: 'b'.repeat(64),
    checksum: { version: 1, sum: '-98765432109876543210', columns: [{ name: 'id', method: 'integer' }] },
    seconds: { copy: 1.5, attach: 0.01 },
    ingestion: { namespace: 'default', name: 'nightly', run: 'r1' },
    loadedAs: {},
    ...row,
  };
}
