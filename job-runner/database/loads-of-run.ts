import { historyTable, loadsTable } from '../plan/ledger-statements.ts';
import type { Database } from './connection.ts';
import { exists } from './ledger.ts';

/** The version tables that these runs have loaded, whatever became of them since; none without a ledger. */
export async function readVersionTablesOf(
  db: Database,
  ledgerSchema: string,
  { schema, runs }: { readonly schema: string; readonly runs: readonly string[] },
): Promise<readonly string[]> {
  if (!(await exists(db, ledgerSchema, 'loads'))) return [];
  const ofRun = 'target_schema = $1 AND ingestion_run = ANY ($2)';
  const { rows } = await db.query<{ name: string }>(
    `SELECT version_table AS name FROM ${loadsTable(ledgerSchema)} WHERE ${ofRun}
      UNION SELECT version_table FROM ${historyTable(ledgerSchema)} WHERE ${ofRun} AND outcome IN ('Replaced', 'Dropped') ORDER BY 1`,
    [schema, runs],
  );
  return rows.map(({ name }) => name);
}
