import { createHash } from 'node:crypto';
import type { Database } from '../database/connection.ts';
import { quoteQualified } from '../plan/sql.ts';
import type { StagingTable } from '../plan/statements.ts';

/**
 * The table that is loaded before it becomes the version table. It stands in the ledger's schema, so that nobody who reads the target schema
 * meets it, and its name follows from the version table's, so that the next attempt finds what this one leaves.
 */
export function detachedTable(ledgerSchema: string, versionTable: { schema: string; name: string }): StagingTable {
  const digest = createHash('sha256')
    .update(JSON.stringify([versionTable.schema, versionTable.name]))
    .digest('hex');
  return { schema: ledgerSchema, name: `loading_${digest.slice(0, 16)}` };
}

/**
 * Removes what an attempt left. It waits for a backend of a killed runner that is still in COPY; that one's rows go with the table, and can
 * never reach the next one of the name, which is another table.
 */
export async function dropDetachedTable(db: Database, table: StagingTable): Promise<void> {
  await db.query(`DROP TABLE IF EXISTS ${quoteQualified(table.schema, table.name)}`);
}
