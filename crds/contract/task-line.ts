import { decodeResult, encodeResult } from './result-text.ts';
import type { TaskResult } from './report.ts';
import type { Task } from './task.ts';

/**
 * Without Kubernetes a runner does one task after another, which saves starting a process and compiling its hot loops for each task (0.4 s of
 * CPU). It gets this text in place of a task, and then one task per line on standard input. It writes one result line per task to standard output;
 * after the first task that fails it exits with the failure's exit code. It also exits when its input ends, for instance because the other process
 * died.
 */
export const TASKS_BY_INPUT = 'tasks by standard input';

/** JSON leaves U+2028 and U+2029 as they are, and node:readline, by which the runner reads, ends a line at each of them. */
export function encodeTaskLine(task: Task): string {
  const json = JSON.stringify(task)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
  return `${json}\n`;
}

export function encodeResultLine(result: TaskResult): string {
  return `{"result":${encodeResult(result)}}\n`;
}

/** The result in a line of a runner's output; undefined for any other line. */
export function decodeResultLine(line: string): TaskResult | undefined {
  if (!line.startsWith('{"result":')) return undefined;
  try {
    return decodeResult(line.slice('{"result":'.length, -1));
  } catch {
    return undefined; // An incomplete line, or another program's output.
  }
}
