/**
 * A runner that follows the contract and does what its table's name says, to test the local executor. It appends a line to `journal.txt` in the
 * folder of the dumps for each attempt.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES, type Failure } from '../../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { catalogueReports } from '../../../crds/contract/catalogue-writer.ts';
import type { Report, TaskResult } from '../../../crds/contract/report.ts';
import { encodeResultLine, TASKS_BY_INPUT } from '../../../crds/contract/task-line.ts';
import { DATABASE_URI_VARIABLE, TASK_VARIABLE, type Task } from '../../../crds/contract/task.ts';

const FAILURES: Record<string, Parameters<typeof fail>> = {
  bad_data: ['Data', 'BadRow', EXIT_CODES.Data],
  bad_manifest: ['Manifest', 'NoSchema', EXIT_CODES.Manifest],
  lost_connection: ['Transient', 'ConnectionLost', EXIT_CODES.Transient],
};

let [task, folder, journal, subject] = [{} as Task, '', '', ''];
if (variable(TASK_VARIABLE) !== TASKS_BY_INPUT) throw new Error('this runner only accepts tasks on standard input');
process.stdin.on('end', () => process.exit());
for await (const line of createInterface({ input: process.stdin })) {
  task = JSON.parse(line) as Task;
  folder = task.kind === 'Finish' ? (variable(DATABASE_URI_VARIABLE).split('folder=')[1] ?? '') : task.dumpsFolder;
  journal = join(folder, 'journal.txt');
  subject = task.kind === 'Load' ? task.table.table : task.kind;
  note(`${subject} ${process.pid}`);
  if (task.kind === 'Catalogue') catalogue();
  else if (task.kind === 'Finish') finish({ task: 'Finish', outcome: 'Succeeded', seconds: {} });
  else await load();
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function note(line: string): void {
  appendFileSync(journal, `${line}\n`);
}

function report(value: Report): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function finish(result: TaskResult): void {
  process.stdout.write(encodeResultLine(result));
}

function fail(kind: Failure['kind'], code: string, exitCode: number): never {
  const failure: Failure = { kind, code, message: `${subject} failed as requested`, table: subject };
  finish({ task: task.kind, outcome: 'Failed', failure });
  process.exit(exitCode);
}

/** The catalogue is the folder's `entries.json`. */
function catalogue(): void {
  const entries = JSON.parse(readFileSync(join(folder, 'entries.json'), 'utf8')) as TableIngestionSpec[];
  for (const one of catalogueReports(entries)) report(one);
  const end = [...catalogueReports(entries)].at(-1);
  const sha256 = end?.report === 'catalogueEnd' ? end.sha256 : '';
  finish({ task: 'Catalogue', outcome: 'Succeeded', entries: entries.length, sha256, seconds: { scan: 0.5 } });
}

async function load(): Promise<void> {
  const attempt = readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${subject} `)).length;
  const progress = {
    step: 'copy',
    rows: 5,
    bytes: 50,
    compressedBytes: 5,
    totalCompressedBytes: 10,
    seconds: 1,
  } as const;
  report({ report: 'progress', progress });
  const failure = FAILURES[subject];
  if (failure !== undefined) fail(...failure);
  if (subject === 'killed_twice' && attempt <= 2) process.kill(process.pid, 'SIGKILL');
  if (subject === 'bug') throw new Error('a bug that shows on standard error');
  if (subject === 'silent') process.exit();
  if (subject === 'flood') await flood();
  if (subject === 'stubborn') {
    process.on('SIGTERM', () => note('stubborn received SIGTERM'));
    note('stubborn is ready');
  }
  if (subject === 'slow' || subject === 'stubborn') await sleep(60_000);
  if (subject === 'steady') await sleep(300);
  if (subject === 'environment')
    note(`environment ${Object.keys(process.env).sort().join(',')} ${process.argv.join(' ')}`);
  note(`${subject} loaded`);
  finish({
    task: 'Load',
    outcome: 'Loaded',
    message: 'loaded',
    rows: 10,
    bytes: 100,
    streams: 1,
    warnings: [],
    seconds: { copy: 0.1 },
  });
}

/** 40 MB without a line end, then 20,000 lines. */
async function flood(): Promise<void> {
  const write = async (text: string) => {
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  };
  for (let count = 0; count < 40; count++) await write('x'.repeat(1_000_000));
  await write('\n');
  for (let count = 0; count < 20_000; count++) await write(`{"level":"info","message":"line ${count}"}\n`);
}
