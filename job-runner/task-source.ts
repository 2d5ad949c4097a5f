import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { EXIT_CODES, ManifestError } from '../crds/contract/errors.ts';
import { encodeResult } from '../crds/contract/result-text.ts';
import type { TaskResult } from '../crds/contract/report.ts';
import { encodeResultLine, TASKS_BY_INPUT } from '../crds/contract/task-line.ts';
import { DEFAULT_RESULT_FILE, RESULT_FILE_VARIABLE, TASK_VARIABLE, type Task } from '../crds/contract/task.ts';

/** Provides the tasks and takes their results. */
export interface TaskSource {
  /** Whether the first task may come later than the start of the process. */
  readonly mayWait: boolean;
  readonly tasks: () => AsyncIterable<Task> | Iterable<Task>;
  readonly deliver: (result: TaskResult) => void;
}

/** One task from the environment, as in a pod, or tasks from standard input, see crds/contract/task-line.ts. */
export function readTaskSource(): TaskSource {
  const text = process.env[TASK_VARIABLE];
  if (text !== TASKS_BY_INPUT) return { mayWait: false, tasks: () => [readTask(text)], deliver: writeResult };
  // The input ends when the process that provides the tasks dies; PostgreSQL rolls back what was not committed.
  for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => process.exit(EXIT_CODES.Transient));
  return { mayWait: true, tasks: tasksOfInput, deliver: (result) => process.stdout.write(encodeResultLine(result)) };
}

async function* tasksOfInput(): AsyncGenerator<Task> {
  for await (const line of createInterface({ input: process.stdin })) yield readTask(line);
}

function readTask(text: string | undefined): Task {
  if (text === undefined)
    throw new ManifestError('NoTask', `${TASK_VARIABLE} is not set: only Motherload starts the runner`);
  try {
    const task = JSON.parse(text) as Task;
    if (['Catalogue', 'Load', 'LoadBatch', 'Finish'].includes(task.kind)) return task;
  } catch {
    // Reported below.
  }
  throw new ManifestError(
    'NoTask',
    `${TASK_VARIABLE} does not contain a task: operator and runner must have the same version`,
  );
}

/** Written in place and not by renaming, since in a pod the file is a mount of its own. */
function writeResult(result: TaskResult): void {
  writeFileSync(process.env[RESULT_FILE_VARIABLE] ?? DEFAULT_RESULT_FILE, encodeResult(result));
}
