import {
  describeFailure,
  EXIT_CODES,
  exitCodeOf,
  ManifestError,
  toFailure,
  TransientError,
} from '../crds/contract/errors.ts';
import { createLog, SILENT_LOG } from '../crds/contract/log.ts';
import type { Report, TaskResult } from '../crds/contract/report.ts';
import { DATABASE_URI_VARIABLE, LOG_VARIABLE, type Task } from '../crds/contract/task.ts';
import { readTaskSource } from './task-source.ts';

const runnerLog = process.env[LOG_VARIABLE] === 'none' ? SILENT_LOG : createLog();
const taskSource = readTaskSource();

/** What a failure can tell of the task, as soon as it is known. */
let log = runnerLog;
let kind: Task['kind'] = 'Catalogue';

/** A result for each task, and the process ends with the exit code of crds/contract/errors.ts: with the first task that fails, or the last one. */
export async function runTasks(): Promise<never> {
  process.once('uncaughtException', fail);
  process.once('unhandledRejection', fail);
  // The database ends a transaction whose client is gone, so ending at once leaves nothing half done.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => fail(stoppedBy(signal)));
  if (taskSource.mayWait) prepare();
  try {
    for await (const task of taskSource.tasks()) {
      kind = task.kind;
      log = runnerLog.child(fieldsOf(task));
      taskSource.deliver(await run(task, readDatabaseUri()));
    }
    process.exit(EXIT_CODES.Success);
  } catch (error) {
    fail(error);
  }
}

/**
 * A runner that was started early brings what a load takes while it waits for its first task; most of that a catalogue takes, too. What goes
 * wrong with it, the task itself tells. Between its tasks it keeps a connection.
 */
function prepare(): void {
  import('./load/load-table.ts').catch(() => undefined);
  import('./database/pooled-connection.ts').then(
    ({ prepareConnection }) => prepareConnection(),
    () => undefined,
  );
}

/** Each kind of task brings its own modules, so none waits for those of another. */
async function run(task: Task, databaseUri: string): Promise<TaskResult> {
  switch (task.kind) {
    case 'Catalogue':
      return await (await import('./catalogue/run-catalogue.ts')).runCatalogue(task, databaseUri, log, report);
    case 'Load':
      return await (await import('./load/load-table.ts')).loadTable(task, databaseUri, log, report);
    case 'Finish':
      return await (await import('./finish/finish.ts')).finish(task, databaseUri, log);
  }
}

function stoppedBy(signal: string): TransientError {
  return new TransientError('Stopped', `the runner was stopped by ${signal}; the next attempt does the task anew`);
}

function readDatabaseUri(): string {
  const uri = process.env[DATABASE_URI_VARIABLE];
  if (uri !== undefined && uri !== '') return uri;
  const message = `${DATABASE_URI_VARIABLE} is not set: spec.target.databaseSecretRef must name a Secret's key that holds the database's URI`;
  throw new ManifestError('NoDatabaseUri', message);
}

function fieldsOf(task: Task) {
  const { namespace, name } = task.ingestion;
  return { namespace, ingestion: name, task: task.kind, ...(task.kind === 'Load' ? { table: task.table.table } : {}) };
}

function report(line: Report): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function fail(error: unknown): never {
  const failure = toFailure(error);
  const exitCode = exitCodeOf(error);
  const stack = exitCode === EXIT_CODES.Bug && error instanceof Error ? { stack: error.stack } : {};
  // winston would append a field `message` to the message.
  log.error(describeFailure(failure), { ...failure, message: undefined, ...stack });
  try {
    taskSource.deliver({ task: kind, outcome: 'Failed', failure });
  } catch (unwritten) {
    log.error(`the result could not be written: ${String(unwritten)}`);
  }
  process.exit(exitCode);
}
