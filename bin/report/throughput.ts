import { tablesOfRun, type RunReport } from './run-report.ts';
import type { Timeline } from './timeline.ts';

/** Megabytes per second in equal parts of a run, each table's bytes spread evenly over its time: no status has more than their sum. */
export function throughput(report: RunReport, { start, end }: Timeline, now: Date, parts: number): number[] {
  const width = (end - start) / parts;
  const bytes = new Array<number>(parts).fill(0);
  for (const { status } of tablesOfRun(report)) {
    if (status.startTime === undefined || status.bytes === undefined || status.bytes === 0) continue;
    if (status.phase !== 'Loaded' && status.phase !== 'Running') continue;
    const from = Date.parse(status.startTime);
    const to = status.completionTime === undefined ? now.getTime() : Date.parse(status.completionTime);
    // Of a load within one tick of the clock all bytes are in one part.
    const duration = Math.max(to - from, 1);
    const first = partOf(from, start, width, parts);
    const last = partOf(from + duration, start, width, parts);
    for (let part = first; part <= last; part++) {
      const partStart = start + part * width;
      const overlap = Math.min(from + duration, partStart + width) - Math.max(from, partStart);
      bytes[part] = (bytes[part] ?? 0) + (status.bytes * Math.max(0, overlap)) / duration;
    }
  }
  return bytes.map((count) => count / 1000 / width);
}

function partOf(time: number, start: number, width: number, parts: number): number {
  return Math.min(parts - 1, Math.max(0, Math.floor((time - start) / width)));
}
