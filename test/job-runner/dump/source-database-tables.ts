import assert from 'node:assert/strict';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { LoadResult, ProgressReport } from '../../../crds/contract/report.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { catalogueOf, type BucketTasks } from '../../bucket/bucket-scene.ts';
import type { TestDatabase } from '../../database.ts';

/** The catalogue's entry of a table of a source database, whichever server it is. */
export async function entryOf(of: BucketTasks, database: TestDatabase, table = 'rides'): Promise<TableIngestionSpec> {
  const entries = await catalogueOf(of, database);
  const entry = entries.find((found) => found.table === table);
  assert(entry !== undefined, `there is no table ${table} among ${entries.length}`);
  // Each as a table of its own: the mothers that the catalogue has planned do not matter here.
  const { mother, ...own } = entry;
  assert.notEqual(mother, '');
  return own;
}

export async function load(
  database: TestDatabase,
  task: LoadTask,
  report: (line: ProgressReport) => void = () => undefined,
): Promise<LoadResult> {
  return await loadTable(task, database.uri, SILENT_LOG, report);
}

export function withPolicy(task: LoadTask, onExisting: LoadTask['loading']['onExisting'], run: string): LoadTask {
  return { ...task, ingestion: { ...task.ingestion, run }, loading: { ...task.loading, onExisting } };
}
