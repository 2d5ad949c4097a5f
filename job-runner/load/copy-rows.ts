import { CopyFailure } from '../copy/copy-failure.ts';
import type { CopyFrame } from '../copy/copy-input.ts';
import { CopyLane } from '../copy/copy-lane.ts';
import type { Database } from '../database/connection.ts';
import { tryStatement } from '../database/transaction.ts';
import type { CopyRows } from '../copy/batch.ts';
import type { TableName } from '../plan/sql.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';

/** Copies into a table, in one of COPY's formats; some of the record's columns, or all. */
export type CopyInto = (table: TableName, format: CopyStatementFormat, columns?: readonly string[]) => CopyRows;

/** Copies the rows in a savepoint of their own, so that a refused one undoes no others. `table` is the name of one that is no staging table. */
export async function copyRows(
  db: Database,
  statement: string,
  frame: CopyFrame,
  rows: Buffer,
  table?: string,
): Promise<CopyFailure | undefined> {
  const outcome = await tryStatement(db, statement, async (statements) => {
    const lane = new CopyLane(db, statements, frame);
    try {
      await lane.send(rows, 0);
      await lane.finish();
    } catch (refused) {
      await lane.abort(refused as Error);
      throw refused;
    }
  });
  return 'error' in outcome ? new CopyFailure(outcome.error, { recordAt: (row) => row }, table) : undefined;
}
