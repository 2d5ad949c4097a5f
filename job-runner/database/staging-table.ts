import { dropIfExistsStatement } from '../plan/statements.ts';
import type { TableName } from '../plan/sql.ts';
import { STAGING_TABLE_PATTERN } from '../plan/staging-table.ts';
import type { Database } from './connection.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';

/** Without the ledger's schema: two ingestions with different ledgers may still want the same version table. */
const LOCK_KEY = "hashtextextended('motherload ' || $1, 0)";

/**
 * Until the connection ends, no other runner works on the version table that this one will become. `onWait` is called when another runner does
 * at the moment.
 */
export async function lockStagingTable(db: Database, table: TableName, onWait?: () => void): Promise<void> {
  if (await tryLock(db, table)) return;
  onWait?.();
  await db.query(`SELECT pg_advisory_lock(${LOCK_KEY})`, [table.name]);
}

async function tryLock(db: Database, { name }: TableName): Promise<boolean> {
  const { rows } = await db.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS locked`, [name]);
  return rows[0]?.locked === true;
}

/** Those of the tables that a runner works on at this moment, by name. */
export async function findLockedTables(db: Database, tables: readonly TableName[]): Promise<ReadonlySet<string>> {
  // The view has the two halves of the key: https://www.postgresql.org/docs/18/view-pg-locks.html
  const { rows } = await db.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS t (name)
      WHERE ${LOCK_KEY.replace('$1', 'name')} IN (
        SELECT (classid::int8 << 32) | objid::int8 FROM pg_locks
         WHERE locktype = 'advisory' AND objsubid = 1 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [tables.map(({ name }) => name)],
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Removes what a failed attempt left. It waits for the backend of a killed runner that is still in COPY. Those rows go with the table, and never
 * reach the next table of that name.
 */
async function dropStagingTable(db: Database, table: TableName): Promise<void> {
  await db.query(dropIfExistsStatement(table));
}

/**
 * Removes the staging tables of failed loads that nobody repeats, except those that a runner is working on or another role owns. Returns the
 * tables' names.
 */
export async function dropAbandonedTables(db: Database, ledgerSchema: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname ~ '^${STAGING_TABLE_PATTERN}$'
        AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`,
    [ledgerSchema],
  );
  const dropped = [];
  for (const { name } of rows) if (await dropIfAbandoned(db, { schema: ledgerSchema, name })) dropped.push(name);
  return dropped;
}

async function dropIfAbandoned(db: Database, table: TableName): Promise<boolean> {
  if (!(await tryLock(db, table))) return false;
  try {
    await db.query("SET lock_timeout = '2s'");
    await dropStagingTable(db, table);
    return true;
  } catch (error) {
    // The backend of a killed runner is still in COPY. A later run will find the table.
    if (hasSqlState(error, SQL_STATES.lockNotAvailable)) return false;
    throw error;
  } finally {
    await db.query('RESET lock_timeout');
    await db.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`, [table.name]);
  }
}
