import { createHash } from 'node:crypto';
import type { TableName } from './sql.ts';

/** Matches the name of every staging table, as a regular expression of PostgreSQL and of JavaScript. */
export const STAGING_TABLE_PATTERN = 'staging_[0-9a-f]{16}';

/**
 * The table that is loaded before it becomes the version table. It lives in the ledger's schema, where readers of the target schema do not meet
 * it. Its name is derived from the version table's, so that the next attempt finds what a failed one left.
 */
export function stagingTable(ledgerSchema: string, versionTable: TableName): TableName {
  const digest = createHash('sha256')
    .update(JSON.stringify([versionTable.schema, versionTable.name]))
    .digest('hex');
  return { schema: ledgerSchema, name: `staging_${digest.slice(0, 16)}` };
}
