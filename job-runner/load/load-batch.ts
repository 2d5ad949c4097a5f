import { isEncrypted } from '../../crds/contract/encrypted-name.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import { isShared } from '../../crds/contract/error-codes.ts';
import { describeFailure, toFailure, type Failure } from '../../crds/contract/errors.ts';
import { loadTaskOf } from '../../crds/contract/load-task.ts';
import type { Log } from '../../crds/contract/log.ts';
import type {
  BatchResult,
  FailedResult,
  ProgressReport,
  ResultsReport,
  TableResult,
} from '../../crds/contract/report.ts';
import { writeResults } from '../../crds/contract/table-results.ts';
import type { LoadBatchTask } from '../../crds/contract/task.ts';
import { prepareConnection } from '../database/pooled-connection.ts';
import { BatchProgress } from './batch-progress.ts';
import { loadDump, type TableOutcome } from './load-dump.ts';
import { loadTableWith } from './load-table.ts';

/**
 * Loads tables one after the other, each as if it were alone, or those of an encrypted dump, or of a schema as of one moment, while it is read
 * once. One that cannot be loaded fails alone, or where the others are of no use without it, with them. The whole is to be repeated where another attempt may do better; what is loaded by then is found in the ledger.
 */
export async function loadBatch(
  task: LoadBatchTask,
  databaseUri: string,
  log: Log,
  report: (report: ProgressReport | ResultsReport) => void,
): Promise<BatchResult | FailedResult> {
  prepareConnection();
  const started = performance.now();
  const results: TableResult[] = task.tables.map(() => null);
  let retry: Failure | undefined;
  let index = 0;
  for await (const outcome of outcomesOf(task, databaseUri, log, new BatchProgress(report))) {
    if ('result' in outcome) results[index] = outcome.result;
    else {
      const failure = toFailure(outcome.error, task.records ?? 'Hidden');
      if (failure.kind === 'Transient' || isShared(failure.code)) retry = failure;
      else results[index] = { task: 'Load', outcome: 'Failed', failure };
      // What is not about this table would fail the others, too: no account is to be locked by a hundred logins.
      if (isShared(failure.code)) break;
    }
    index++;
  }
  const { packed, reports } = writeResults(results, retry !== undefined);
  for (const part of reports) report(part);
  if (retry !== undefined) return { task: 'LoadBatch', outcome: 'Failed', failure: retry, results: packed };
  const seconds = { load: Math.round(performance.now() - started) / 1000 };
  return { task: 'LoadBatch', outcome: 'Succeeded', results: packed, seconds };
}

async function* outcomesOf(
  task: LoadBatchTask,
  databaseUri: string,
  log: Log,
  progress: BatchProgress,
): AsyncGenerator<TableOutcome> {
  if (isWhole(task)) {
    yield* await loadDump(task, databaseUri, log, progress).catch((error: unknown) => {
      logFailure(error, task, log);
      return task.tables.map(() => ({ error }));
    });
    return;
  }
  for (const [index, table] of task.tables.entries()) {
    const tableLog = log.child({ table: table.table, versionTable: table.versionTable ?? '' });
    try {
      const own = progress.begin(index, table.dat?.compressedBytes ?? 0);
      const result = await loadTableWith(loadTaskOf(task, table), databaseUri, tableLog, own);
      progress.end(index);
      yield { result };
    } catch (error) {
      logFailure(error, task, tableLog);
      yield { error };
    }
  }
}

/** Whether its tables count as a whole. */
function isWhole({ decryption, database, tables }: LoadBatchTask): boolean {
  if (isOfOneMoment({ database })) return true;
  const [file, ...others] = new Set(tables.map(({ dump }) => dump.file));
  return decryption?.gpg !== undefined && file !== undefined && others.length === 0 && isEncrypted(file);
}

function logFailure(error: unknown, { records }: LoadBatchTask, log: Log): void {
  const failure = toFailure(error, records ?? 'Hidden');
  log.error(describeFailure(failure), { ...failure });
}
