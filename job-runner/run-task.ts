import { writeFileSync } from 'node:fs';
import { describeFailure, EXIT_CODES, exitCodeOf, ManifestError, toFailure, TransientError } from '../crds/contract/errors.ts';
import { createLog } from '../crds/contract/log.ts';
import { encodeResult, type Report, type TaskResult } from '../crds/contract/report.ts';
import { DATABASE_URI_VARIABLE, DEFAULT_RESULT_FILE, RESULT_FILE_VARIABLE, TASK_VARIABLE, type Task } from '../crds/contract/task.ts';

/** What a failure can tell of the task, as soon as it is known. */
let log = createLog();
let kind: Task['kind'] = 'Catalogue';

/**
 * One task in, one result out: task, database URI and the result file's name come from the variables of crds/contract/task.ts, the process
 * ends with an exit code of crds/contract/errors.ts.
 */
export async function runTask(): Promise<never> {
  process.once('uncaughtException', fail);
  process.once('unhandledRejection', fail);
  // The database ends a transaction whose client is gone, so ending at once leaves nothing half done.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => fail(stoppedBy(signal)));
  try {
    const task = readTask();
    kind = task.kind;
    log = log.child(fieldsOf(task));
    writeResult(await run(task, readDatabaseUri()));
    process.exit(EXIT_CODES.Success);
  } catch (error) {
    fail(error);
  }
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

function readTask(): Task {
  const text = process.env[TASK_VARIABLE];
  if (text === undefined)
    throw new ManifestError('NoTask', `${TASK_VARIABLE} is not set: the runner is started by Motherload, not by hand`);
  try {
    const task = JSON.parse(text) as Task;
    if (['Catalogue', 'Load', 'Finish'].includes(task.kind)) return task;
  } catch {
    // Said below.
  }
  throw new ManifestError('NoTask', `${TASK_VARIABLE} holds no task: operator and runner must be of the same version`);
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

/** Written in place and not renamed into it: in a pod the file is a mount of its own. */
function writeResult(result: TaskResult): void {
  writeFileSync(process.env[RESULT_FILE_VARIABLE] ?? DEFAULT_RESULT_FILE, encodeResult(result));
}

function fail(error: unknown): never {
  const failure = toFailure(error);
  const exitCode = exitCodeOf(error);
  const stack = exitCode === EXIT_CODES.Bug && error instanceof Error ? { stack: error.stack } : {};
  // winston would append a field `message` to the message.
  log.error(describeFailure(failure), { ...failure, message: undefined, ...stack });
  try {
    writeResult({ task: kind, outcome: 'Failed', failure });
  } catch (unwritten) {
    log.error(`the result could not be written: ${String(unwritten)}`);
  }
  process.exit(exitCode);
}
