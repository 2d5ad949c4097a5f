import { describeFailure, ManifestError } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { isOfOneMoment, MAX_TABLES_OF_ONE_MOMENT, otherTableFailed } from '../../crds/contract/one-moment.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';

/** Linux limits one environment variable to 128 KiB, and the operator adds a little to what is measured here. */
const MAX_TASK_LENGTH = 112 * 1024;

/** The entries of a run whose tables are read as of one moment: where one of them cannot be loaded, none is. */
export function loadAllOrNone(
  task: CatalogueTask,
  entries: readonly TableIngestionSpec[],
): readonly TableIngestionSpec[] {
  if (!isOfOneMoment(task)) return entries;
  const bad = entries.find(({ decision }) => decision === 'Fail');
  if (bad === undefined) return entries;
  return entries.map((entry) => (entry.decision === 'Load' ? notWithout(bad, entry) : entry));
}

/** Throws where tables to be read as of one moment do not fit into one Job. */
export function refuseTooMany(task: CatalogueTask, entries: readonly TableIngestionSpec[]): void {
  if (!isOfOneMoment(task)) return;
  const loads = entries.filter(({ decision }) => decision === 'Load');
  const length = Buffer.byteLength(JSON.stringify({ ...task, tables: loads }));
  if (loads.length <= MAX_TABLES_OF_ONE_MOMENT && length <= MAX_TASK_LENGTH) return;
  const excess =
    loads.length > MAX_TABLES_OF_ONE_MOMENT
      ? `of the ${loads.length} tables at most ${MAX_TABLES_OF_ONE_MOMENT} can be read as of one moment`
      : `the names of the ${loads.length} tables, with the rest of the manifest, are longer than the task of one Job may be`;
  const message = `spec.source.database.snapshot is AllTables, and ${excess}: narrow includeTables, or set it to PerTable`;
  throw new ManifestError('TooManyTables', message, { file: loads[0]?.dump.file ?? '' });
}

function notWithout(bad: TableIngestionSpec, entry: TableIngestionSpec): TableIngestionSpec {
  const failure = otherTableFailed(bad.table, { file: entry.dump.file, table: entry.table }).toFailure();
  return { ...entry, decision: 'Fail', reason: failure.code, message: describeFailure(failure), failure };
}
