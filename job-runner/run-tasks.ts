import { describeFailure, EXIT_CODES, exitCodeOf, toFailure, TransientError } from '../crds/contract/errors.ts';
import { createLog, SILENT_LOG } from '../crds/contract/log.ts';
import type { Report, TaskResult } from '../crds/contract/report.ts';
import { LOG_VARIABLE, type Task } from '../crds/contract/task.ts';
import { readDatabaseUri } from './database-uri.ts';
import { readTaskSource } from './task-source.ts';

const runnerLog = process.env[LOG_VARIABLE] === 'none' ? SILENT_LOG : createLog();
const taskSource = readTaskSource();

/** The context of a failure, as soon as the task is known. */
let log = runnerLog;
let kind: Task['kind'] = 'Catalogue';
let records: Task['records'];

/** Writes a result for each task. The process exits after the first task that fails, or after the last one; for exit codes see crds/contract/errors.ts. */
export async function runTasks(): Promise<never> {
  process.once('uncaughtException', fail);
  process.once('unhandledRejection', fail);
  // The database rolls back the transaction of a client that is gone, so exiting at once leaves nothing half done.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => fail(stoppedBy(signal)));
  if (taskSource.mayWait) prepare();
  try {
    for await (const task of taskSource.tasks()) {
      ({ kind, records } = task);
      log = runnerLog.child(fieldsOf(task));
      const result = await run(task, readDatabaseUri(task.target.tls));
      taskSource.deliver(result);
      if (result.outcome === 'Failed') process.exit(EXIT_CODES[result.failure.kind]);
    }
    process.exit(EXIT_CODES.Success);
  } catch (error) {
    fail(error);
  }
}

/**
 * A runner that was started early loads the modules of a load while it waits for its first task; a catalogue needs most of them, too. If that
 * fails, the task itself reports it. Between tasks the runner keeps a connection.
 */
function prepare(): void {
  import('./load/load-table.ts').catch(() => undefined);
  import('./database/pooled-connection.ts').then(
    ({ prepareConnection }) => prepareConnection(),
    () => undefined,
  );
}

/** Each kind of task loads only its own modules. */
async function run(task: Task, databaseUri: string): Promise<TaskResult> {
  switch (task.kind) {
    case 'Catalogue':
      return await (
        await import('./catalogue/run-catalogue.ts')
      ).runCatalogue(task, databaseUri, log, report, async (...known) =>
        (await import('./load/unchanged-tables.ts')).findUnchanged(...known),
      );
    case 'Load':
      return await (await import('./load/load-table.ts')).loadTable(task, databaseUri, log, report);
    case 'LoadBatch':
      return await (await import('./load/load-batch.ts')).loadBatch(task, databaseUri, log, report);
    case 'Finish':
      return await (await import('./finish/finish.ts')).finish(task, databaseUri, log);
  }
}

function stoppedBy(signal: string): TransientError {
  return new TransientError('Stopped', `the runner was stopped by ${signal}; the next attempt starts over`);
}

function fieldsOf(task: Task) {
  const { namespace, name } = task.ingestion;
  return { namespace, ingestion: name, task: task.kind, ...(task.kind === 'Load' ? { table: task.table.table } : {}) };
}

function report(line: Report): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function fail(error: unknown): never {
  const failure = toFailure(error, records ?? 'Hidden');
  const exitCode = exitCodeOf(error);
  const stack = exitCode === EXIT_CODES.Bug && error instanceof Error ? { stack: error.stack } : {};
  log.error(describeFailure(failure), { ...failure, ...stack });
  try {
    taskSource.deliver({ task: kind, outcome: 'Failed', failure });
  } catch (unwritten) {
    log.error(`the result could not be written: ${String(unwritten)}`);
  }
  process.exit(exitCode);
}
