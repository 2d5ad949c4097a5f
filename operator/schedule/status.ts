import type { ScheduledDumpIngestionStatus } from '../../crds/contract/generated.ts';
import { boundedMessage, setConditions, type ConditionState } from '../decide/conditions.ts';
import type { Problem } from '../decide/observed.ts';
import { lastStartedOf, sinceOf, type Due } from './due.ts';
import { latestFirst } from './history.ts';
import { Timetable } from './moments.ts';
import type { ObservedRun, ObservedSchedule } from './observed.ts';
import { SCHEDULE_REASONS, type ScheduleReason } from './reasons.ts';
import { isActive, type Start } from './start.ts';
import type { Moment } from './time-zone.ts';

/** What was observed, and what was decided. */
export interface ScheduleState {
  readonly observed: ObservedSchedule;
  readonly timetable: Timetable | Problem;
  /** Undefined if there is no timetable. */
  readonly due: Due | undefined;
  readonly start: Start;
  readonly now: Date;
}

/** A run that starts within this time is not late: another one may have to end first, or a clock be a little slow. */
const GRACE_MILLISECONDS = 60_000;
const MAX_NAMES = 20;

type Status = ScheduledDumpIngestionStatus;

export function scheduleStatus(state: ScheduleState): Status {
  const { observed, now } = state;
  const { metadata, spec, status: before, runs } = observed;
  const active = runs.filter(isActive).toSorted((one, other) => one.moment - other.moment);
  const lastStarted = lastStartedOf(observed, now.getTime());
  const next = nextOf(state);
  const late = lateOf(state);
  const lastRun = lastRunOf(runs, before);
  const lastSuccessfulTime = lastSuccessOf(runs, before);
  return {
    observedGeneration: metadata.generation,
    message: boundedMessage(messageOf(state, late, lastRun, next)),
    conditions: setConditions(before.conditions, conditionStates(state, late), metadata.generation, now),
    timetable: {
      schedule: spec.schedule,
      timeZone: spec.timeZone,
      since: timeOf(sinceOf(observed, now.getTime())),
    },
    activeRuns: active.length,
    active: active.slice(0, MAX_NAMES).map(({ name }) => name),
    ...(lastStarted === undefined ? {} : { lastScheduleTime: timeOf(lastStarted) }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(next === undefined ? {} : { nextScheduleTime: timeOf(next) }),
    ...(late === undefined ? {} : { lateSince: timeOf(late.since) }),
  };
}

export function timeOf(moment: Moment): string {
  return new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** When the next run is due: in the past if it has not started yet. */
function nextOf({ observed, timetable, due, now }: ScheduleState): Moment | undefined {
  if (!(timetable instanceof Timetable) || observed.spec.suspend) return undefined;
  if (due?.latest !== undefined) return due.latest;
  return due?.first !== undefined && due.first > now.getTime() ? due.first : timetable.next(now.getTime());
}

interface Late extends Problem {
  readonly since: Moment;
}

/** Why a run that was due has not started; undefined if none is late. */
function lateOf({ observed, timetable, due, start, now }: ScheduleState): Late | undefined {
  const { spec, problem } = observed;
  if (!(timetable instanceof Timetable) || spec.suspend || due?.first === undefined) return undefined;
  const { first: since, latest } = due;
  if (latest === undefined) {
    const missed = since > now.getTime() ? undefined : timetable.last(since - 1, now.getTime());
    if (missed === undefined) return undefined;
    const reason: ScheduleReason = 'DeadlineMissed';
    const message = `the run due at ${timeOf(missed)} was not started within ${spec.startingDeadlineSeconds} seconds (spec.startingDeadlineSeconds) and is left out`;
    return { since, reason, message };
  }
  if (now.getTime() - since < GRACE_MILLISECONDS) return undefined;
  const why = problem ?? start.waitsFor;
  return why === undefined ? undefined : { since, ...why };
}

function lastRunOf(runs: readonly ObservedRun[], { lastRun }: Status): Status['lastRun'] {
  const [latest] = runs.filter((run) => !isActive(run)).toSorted(latestFirst);
  if (latest?.outcome === undefined) return lastRun;
  const { name, outcome, message, completionTime, moment } = latest;
  // The latest one may be deleted while an earlier one is kept.
  if (lastRun?.scheduleTime !== undefined && Date.parse(lastRun.scheduleTime) > moment) return lastRun;
  return {
    ...{ name, outcome, scheduleTime: timeOf(moment) },
    ...(message === undefined ? {} : { message }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
}

function lastSuccessOf(runs: readonly ObservedRun[], { lastSuccessfulTime }: Status): string | undefined {
  const times = runs.flatMap(({ outcome, completionTime }) => (outcome === 'Complete' ? (completionTime ?? []) : []));
  const [last] = [...times, ...(lastSuccessfulTime === undefined ? [] : [lastSuccessfulTime])].toSorted(
    (one, other) => Date.parse(other) - Date.parse(one),
  );
  return last;
}

function messageOf(
  { observed, timetable }: ScheduleState,
  late: Late | undefined,
  lastRun: Status['lastRun'],
  next: Moment | undefined,
): string {
  if (!(timetable instanceof Timetable)) return timetable.message;
  const { problem, spec } = observed;
  if (problem !== undefined) return problem.message;
  if (late !== undefined) return late.message;
  if (spec.suspend) return 'no runs are started until spec.suspend is false';
  if (lastRun !== undefined)
    return `${lastRun.name} ${lastRun.outcome === 'Complete' ? 'is complete' : 'failed'}${lastRun.message === undefined ? '' : `: ${lastRun.message}`}`;
  return next === undefined ? 'no run is due' : `the first run is due at ${timeOf(next)}`;
}

function conditionStates({ observed, timetable }: ScheduleState, late: Late | undefined): ConditionState[] {
  const { spec, problem } = observed;
  const known = (reason: ScheduleReason) => ({ reason, message: SCHEDULE_REASONS[reason].text });
  const invalid = timetable instanceof Timetable ? undefined : timetable;
  const blocker = invalid ?? problem;
  const suspended = known(spec.suspend ? 'Suspended' : 'NotSuspended');
  return [
    blocker === undefined
      ? { type: 'Ready', status: 'True', ...(spec.suspend ? suspended : known('Scheduled')) }
      : { type: 'Ready', status: 'False', reason: blocker.reason, message: blocker.message },
    invalid === undefined
      ? { type: 'Stalled', status: 'False', ...known('Valid') }
      : { type: 'Stalled', status: 'True', reason: invalid.reason, message: invalid.message },
    { type: 'Suspended', status: spec.suspend ? 'True' : 'False', ...suspended },
    late === undefined
      ? { type: 'Late', status: 'False', ...known('OnTime') }
      : { type: 'Late', status: 'True', reason: late.reason, message: late.message },
  ];
}
