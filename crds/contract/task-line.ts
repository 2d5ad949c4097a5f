import { decodeResult, encodeResult } from './result-text.ts';
import type { TaskResult } from './report.ts';
import type { Task } from './task.ts';

/**
 * On one machine a runner does one task after the other, which spares the start of a process and the compilation of its hot loops for each
 * (0.4 s of CPU). It is given this word in place of a task, and then tasks by standard input, a line each. Each task that succeeds it answers
 * with a line on standard output and waits for the next one; the first that fails it answers, too, and ends with the failure's exit code. It ends
 * with its input, too, however the process at the other end died.
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

/** The result in a line of a runner's output, or undefined where the line is none. */
export function decodeResultLine(line: string): TaskResult | undefined {
  if (!line.startsWith('{"result":')) return undefined;
  try {
    return decodeResult(line.slice('{"result":'.length, -1));
  } catch {
    return undefined; // Half of one, or another program's.
  }
}
