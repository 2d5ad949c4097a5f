import type { SourceDatabase } from '../../crds/contract/task.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import type { DumpTable } from './dump-table.ts';

/** MySQL and MariaDB hand a snapshot to no other connection, and a run has a Job for each large table. */
export function warnOfOwnSnapshots(
  database: SourceDatabase | undefined,
  tables: readonly DumpTable[],
): readonly string[] {
  const read = tables.filter(({ failure, skipped }) => failure === undefined && skipped === undefined);
  if (database?.driver !== 'mysql' || isOfOneMoment({ database }) || read.length < 2) return [];
  return [
    'each table is read in a snapshot of its own, and two of them at two moments: a row that refers to another table may find nothing there. For tables that must fit together set spec.source.database.snapshot to AllTables, or stop the writers',
  ];
}
