import { formatOfTable } from './format.ts';
import type { TableIngestionSpec } from './generated.ts';
import type { LoadTask } from './task.ts';

/** What the loads of a run have in common; its format is complete and not yet a table's own. */
export type LoadsTask = Omit<LoadTask, 'kind' | 'table'>;

/** One table's task. Whoever asks what its load would do must ask by this very task. */
export function loadTaskOf(task: LoadsTask, table: TableIngestionSpec): LoadTask {
  const { ingestion, target, dumpsFolder, remote, decryption, database, format, dialectFiles, limits } = task;
  const { loading, indexes, rejects, archive, records } = task;
  const dumps = { dumpsFolder, remote, decryption, database, dialectFiles, limits };
  const common = { ingestion, target, ...dumps, loading, indexes, rejects, archive, records };
  return { kind: 'Load', ...common, format: formatOfTable(format, table.table), table };
}
