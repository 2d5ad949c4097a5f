import { historyTable, loadsTable } from '../plan/ledger-statements.ts';
import type { Database } from './connection.ts';
import { exists } from './ledger.ts';

/** The version tables that a run has loaded, whatever became of them since; none without a ledger. */
export async function readVersionTablesOf(
  db: Database,
  ledgerSchema: string,
  { schema, run }: { readonly schema: string; readonly run: string },
): Promise<readonly string[]> {
  if (!(await exists(db, ledgerSchema, 'loads'))) return [];
  const ofRun = 'target_schema = $1 AND ingestion_run = $2';
  const { rows } = await db.query<{ name: string }>(
    `SELECT version_table AS name FROM ${loadsTable(ledgerSchema)} WHERE ${ofRun}
      UNION SELECT version_table FROM ${historyTable(ledgerSchema)} WHERE ${ofRun} AND outcome IN ('Replaced', 'Dropped') ORDER BY 1`,
    [schema, run],
  );
  return rows.map(({ name }) => name);
}
