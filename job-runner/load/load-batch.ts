import { isShared } from '../../crds/contract/error-codes.ts';
import { describeFailure, toFailure, type Failure } from '../../crds/contract/errors.ts';
import { loadTaskOf } from '../../crds/contract/load-task.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { BatchResult, FailedResult, ResultsReport, TableResult } from '../../crds/contract/report.ts';
import { writeResults } from '../../crds/contract/table-results.ts';
import type { LoadBatchTask } from '../../crds/contract/task.ts';
import { prepareConnection } from '../database/pooled-connection.ts';
import { loadTable } from './load-table.ts';

/**
 * Loads tables one after the other, each as if it were alone. One that cannot be loaded fails alone. The whole is to be repeated where another
 * attempt may do better; what is loaded by then is found in the ledger.
 */
export async function loadBatch(
  task: LoadBatchTask,
  databaseUri: string,
  log: Log,
  report: (report: ResultsReport) => void,
): Promise<BatchResult | FailedResult> {
  prepareConnection();
  const started = performance.now();
  const results: TableResult[] = task.tables.map(() => null);
  let retry: Failure | undefined;
  for (const [index, table] of task.tables.entries()) {
    const tableLog = log.child({ table: table.table, versionTable: table.versionTable ?? '' });
    try {
      results[index] = await loadTable(loadTaskOf(task, table), databaseUri, tableLog, () => undefined);
    } catch (error) {
      const failure = toFailure(error, task.records ?? 'Hidden');
      tableLog.error(describeFailure(failure), { ...failure, message: undefined });
      if (failure.kind === 'Transient' || isShared(failure.code)) retry = failure;
      else results[index] = { task: 'Load', outcome: 'Failed', failure };
      // What is not about this table would fail the others, too: no account is to be locked by a hundred logins.
      if (isShared(failure.code)) break;
    }
  }
  const { packed, reports } = writeResults(results, retry !== undefined);
  for (const part of reports) report(part);
  if (retry !== undefined) return { task: 'LoadBatch', outcome: 'Failed', failure: retry, results: packed };
  const seconds = { load: Math.round(performance.now() - started) / 1000 };
  return { task: 'LoadBatch', outcome: 'Succeeded', results: packed, seconds };
}
