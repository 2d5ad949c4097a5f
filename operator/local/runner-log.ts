import type { Log } from '../../crds/contract/log.ts';

/** Writes a line of a runner's log to a log of this process; a line that is not JSON as in `crds/contract/log.ts` becomes a message. */
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
    // Not JSON: output of Node itself, or of a program that the runner started.
  }
  return { message: line };
}
