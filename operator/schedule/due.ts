import { ManifestError } from '../../crds/contract/errors.ts';
import type { Problem } from '../decide/observed.ts';
import { Timetable } from './moments.ts';
import type { ObservedSchedule, ScheduleSpec } from './observed.ts';
import type { Moment } from './time-zone.ts';

/** What a schedule asks for at a moment. */
export interface Due {
  /** Runs due before it are not looked for. */
  readonly since: Moment;
  /** When the last run was due that was started. */
  readonly lastStarted: Moment | undefined;
  /** When the first run is due that has not started, in the past or in the future. Undefined if there is none. */
  readonly first: Moment | undefined;
  /** The run to start now: the latest one that is due and not too late. */
  readonly latest: Moment | undefined;
}

/**
 * A clock that is set back by less than this does not repeat a run. By more, it had been wrong: what was started then must not keep the
 * schedule from running until the clock is there again.
 */
const CREDIBLE_LEAD = 86_400_000;

/** The timetable, or why there is none. */
export function readTimetable({ schedule, timeZone }: ScheduleSpec): Timetable | Problem {
  try {
    return Timetable.of(schedule, timeZone);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { reason: error.code, message: error.message };
  }
}

/** Looks forward from the last run that was started. Of several that were missed only the latest is due: it loads what the others would have. */
export function findDue(timetable: Timetable, observed: ObservedSchedule, now: Moment): Due {
  const { startingDeadlineSeconds } = observed.spec;
  const since = sinceOf(observed, now);
  const lastStarted = lastStartedOf(observed, now);
  const from = Math.max(since, lastStarted ?? since);
  const first = timetable.next(from);
  if (first === undefined || first > now) return { since, lastStarted, first, latest: undefined };
  const earliest = startingDeadlineSeconds === undefined ? from : Math.max(from, now - startingDeadlineSeconds * 1000);
  return { since, lastStarted, first, latest: timetable.last(earliest, now) };
}

/** Since when the timetable holds: runs that another one would have had are not made up for. */
export function sinceOf({ metadata, spec, status }: ObservedSchedule, now: Moment): Moment {
  const { timetable } = status;
  if (timetable === undefined) return Math.min(Date.parse(metadata.creationTimestamp), now);
  const isSame = timetable.schedule === spec.schedule && timetable.timeZone === spec.timeZone;
  const since = Date.parse(timetable.since);
  return isSame && isCredible(since, now) ? since : now;
}

/** From the status, and from the runs: the operator may have ended between creating one and writing the status. */
export function lastStartedOf({ status, runs }: ObservedSchedule, now: Moment): Moment | undefined {
  const { lastScheduleTime } = status;
  const moments = runs.map(({ moment }) => moment);
  if (lastScheduleTime !== undefined) moments.push(Date.parse(lastScheduleTime));
  const credible = moments.filter((moment) => isCredible(moment, now));
  return credible.length === 0 ? undefined : Math.max(...credible);
}

function isCredible(moment: Moment, now: Moment): boolean {
  return moment <= now + CREDIBLE_LEAD;
}
