import type { ScheduledDumpIngestionManifest } from '../../crds/contract/manifest.ts';
import { Timetable } from '../../operator/schedule/moments.ts';

/** When the first runs of a schedule are due, in UTC. */
export interface NextRuns {
  readonly name: string;
  readonly timeZone: string;
  readonly suspended: boolean;
  readonly runs: readonly string[];
}

const COUNT = 5;

export function nextRunsOf({ metadata, spec }: ScheduledDumpIngestionManifest, now: number): NextRuns {
  const { schedule, timeZone, suspend } = spec;
  const timetable = Timetable.of(schedule, timeZone);
  const runs: string[] = [];
  for (let moment = timetable.next(now); moment !== undefined && runs.length < COUNT; moment = timetable.next(moment))
    runs.push(new Date(moment).toISOString());
  return { name: metadata.name, timeZone, suspended: suspend, runs };
}

export function describeNextRuns({ timeZone, suspended, runs }: NextRuns): string {
  const what = suspended ? 'suspended; would run next' : 'next runs';
  return `  ${what} (${timeZone}): ${runs.map((run) => localTime(run, timeZone)).join(', ')}`;
}

/** As clocks show it there, with their distance from UTC, for example `Mon 2026-03-02 02:00 GMT+1`. */
function localTime(moment: string, timeZone: string): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ ...options, timeZone, weekday: 'short', timeZoneName: 'shortOffset', hourCycle: 'h23' },
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
  const { weekday, year, month, day, hour, minute, timeZoneName } = parts;
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute} ${timeZoneName}`;
}
