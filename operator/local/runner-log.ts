import type { Log } from '../../crds/contract/log.ts';

/** Passes a line of a runner's log on to a log of this process; what is no JSON line of `crds/contract/log.ts` is a message itself. */
export function logRunnerLine(log: Log, line: string): void {
  if (line.trim() === '') return;
  const { level, message, time, ...fields } = parse(line);
  log[level === 'error' || level === 'warn' ? level : 'info'](
    message,
    time === undefined ? fields : { ...fields, runnerTime: time },
  );
}

function parse(line: string): { level?: unknown; message: string; time?: unknown } {
  try {
    const value = JSON.parse(line) as { message?: unknown } | null;
    if (typeof value === 'object' && value !== null && typeof value.message === 'string')
      return { ...value, message: value.message };
  } catch {
    // Not JSON: a word of Node itself, or of a program that the runner called.
  }
  return { message: line };
}
