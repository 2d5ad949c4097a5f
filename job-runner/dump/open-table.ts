import type { LoadTask } from '../../crds/contract/task.ts';
import { DatFile } from './dat-file.ts';
import type { TableData } from './table-data.ts';

/**
 * Opens the table that a task names. `onBytes` is called with the number of bytes that have been read so far, of a dump the packed ones. What reads a
 * source database is loaded only where it is used.
 */
export async function openTable(task: LoadTask, onBytes?: (bytes: number) => void): Promise<TableData> {
  if (task.database === undefined) return await DatFile.open(task, onBytes);
  const { DatabaseTable } =
    task.database.driver === 'mssql'
      ? await import('./mssql-server/database-table.ts')
      : await import('./mysql-server/database-table.ts');
  return await DatabaseTable.open(task, task.database, onBytes);
}
