import { createHash } from 'node:crypto';
import { quoteQualified } from '../plan/sql.ts';
import type { StagingTable } from '../plan/statements.ts';
import type { Database } from './connection.ts';

/**
 * The table that is loaded before it becomes the version table. It stands in the ledger's schema, so that nobody who reads the target schema
 * meets it, and its name follows from the version table's, so that the next attempt finds what this one leaves.
 */
export function stagingTable(ledgerSchema: string, versionTable: { schema: string; name: string }): StagingTable {
  const digest = createHash('sha256')
    .update(JSON.stringify([versionTable.schema, versionTable.name]))
    .digest('hex');
  return { schema: ledgerSchema, name: `loading_${digest.slice(0, 16)}` };
}

/** Until the connection ends, no other runner works on the version table that this one is to become. `onWait` hears that one still does. */
export async function lockStagingTable(db: Database, table: StagingTable, onWait?: () => void): Promise<void> {
  if (await tryLock(db, table)) return;
  onWait?.();
  await db.query(`SELECT pg_advisory_lock(${LOCK_KEY})`, [table.name]);
}

async function tryLock(db: Database, { name }: StagingTable): Promise<boolean> {
  const { rows } = await db.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS locked`, [name]);
  return rows[0]?.locked === true;
}

/**
 * Removes what an attempt left. It waits for a backend of a killed runner that is still in COPY; that one's rows go with the table, and can
 * never reach the next one of the name, which is another table.
 */
export async function dropStagingTable(db: Database, table: StagingTable): Promise<void> {
  await db.query(`DROP TABLE IF EXISTS ${quoteQualified(table.schema, table.name)}`);
}

/** Removes what loads left that were never tried again, but nothing that a runner is working on or another role owns. Returns the tables' names. */
export async function dropAbandonedTables(db: Database, ledgerSchema: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname ~ '^loading_[0-9a-f]{16}$'
        AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`,
    [ledgerSchema],
  );
  const dropped = [];
  for (const { name } of rows) if (await dropIfAbandoned(db, { schema: ledgerSchema, name })) dropped.push(name);
  return dropped;
}

async function dropIfAbandoned(db: Database, table: StagingTable): Promise<boolean> {
  if (!(await tryLock(db, table))) return false;
  try {
    await db.query("SET lock_timeout = '2s'");
    await dropStagingTable(db, table);
    return true;
  } catch (error) {
    // lock_not_available: a killed runner's backend is still in COPY; a later run will find the table.
    if ((error as { code?: string }).code === '55P03') return false;
    throw error;
  } finally {
    await db.query('RESET lock_timeout');
    await db.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`, [table.name]);
  }
}

/** Without the ledger's schema: two ingestions with ledgers of their own may still want the same version table. */
const LOCK_KEY = "hashtextextended('motherload ' || $1, 0)";
