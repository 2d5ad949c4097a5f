import type { MeasuredTable } from './measured-table.ts';

interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * The seconds in which at least one runner was loading, by what the runners say: a pod that is scheduled, started or stopped meanwhile says nothing
 * about how fast tables are loaded. Tables that share a Job are loaded one after the other.
 */
export function busySeconds(tables: readonly MeasuredTable[], now: Date): number {
  const jobs = new Map<string, { end: number; milliseconds: number }>();
  for (const table of tables) {
    const { jobName = table.name, completionTime } = table.status;
    const job = jobs.get(jobName) ?? { end: -Infinity, milliseconds: 0 };
    const end = completionTime === undefined ? now.getTime() : Date.parse(completionTime);
    jobs.set(jobName, {
      end: Math.max(job.end, end),
      milliseconds: job.milliseconds + 1000 * Math.max(0, secondsOf(table)),
    });
  }
  const intervals = [...jobs.values()].map(({ end, milliseconds }) => ({ start: end - milliseconds, end }));
  return lengthOf(intervals) / 1000;
}

function secondsOf({ status, loadingSeconds = 0 }: MeasuredTable): number {
  if (status.phase === 'Running') return loadingSeconds;
  return Object.values(status.seconds ?? {}).reduce((total, part) => total + part, 0);
}

/** Of the time that the intervals cover together. */
function lengthOf(intervals: readonly Interval[]): number {
  let [length, covered] = [0, -Infinity];
  for (const { start, end } of intervals.toSorted((one, other) => one.start - other.start)) {
    length += Math.max(0, end - Math.max(start, covered));
    covered = Math.max(covered, end);
  }
  return length;
}
