import { isDeepStrictEqual } from 'node:util';
import type { ScheduleAction, ScheduleDecision } from './action.ts';
import { findDue, readTimetable, type Due } from './due.ts';
import { replacementEvents, scheduleEvents } from './events.ts';
import { decideHistory } from './history.ts';
import { Timetable } from './moments.ts';
import type { ObservedSchedule } from './observed.ts';
import { decideStart, NO_START, type Start } from './start.ts';
import { scheduleStatus } from './status.ts';
import type { Moment } from './time-zone.ts';

/** The clock may be set, and timers have a longest time: everything is decided again at least this often, which takes no request. */
const MAX_REQUEUE_SECONDS = 60;
/** No watch event follows a rejected run. */
const RETRY_AFTER_SECONDS = 10;

/**
 * What to do next for one ScheduledDumpIngestion; pure. A run is created first and found by its name afterwards, and only then is it in the
 * status: a crash in between neither loses nor repeats it.
 */
export function decideSchedule(observed: ObservedSchedule, now: Date): ScheduleDecision {
  // Garbage collection deletes its runs, and these stop their Jobs.
  if (observed.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const moment = now.getTime();
  const timetable = readTimetable(observed.spec);
  const due = timetable instanceof Timetable ? findDue(timetable, observed, moment) : undefined;
  const start = startOf(observed, due);
  if (start.create !== undefined && observed.problem === undefined) return { actions: [start.create] };
  const status = scheduleStatus({ observed, timetable, due, start, now });
  const creates: ScheduleAction[] = start.create === undefined ? [] : [start.create];
  const isChanged = !isDeepStrictEqual(observed.status, status);
  return {
    actions: [
      ...creates,
      ...(isChanged ? [{ type: 'WriteScheduleStatus', status } as const] : []),
      ...start.replaced,
      ...decideHistory(observed),
      ...scheduleEvents(observed, status),
      ...replacementEvents(start),
    ],
    requeueAfterSeconds: secondsUntilNext(observed, due, start, moment),
  };
}

function startOf(observed: ObservedSchedule, due: Due | undefined): Start {
  if (due?.latest === undefined || observed.spec.suspend) return NO_START;
  return decideStart(observed, due.latest);
}

function secondsUntilNext({ spec }: ObservedSchedule, due: Due | undefined, { create }: Start, now: Moment): number {
  if (create !== undefined) return RETRY_AFTER_SECONDS;
  const first = spec.suspend ? undefined : due?.first;
  if (first === undefined || first <= now) return MAX_REQUEUE_SECONDS;
  return Math.min((first - now) / 1000, MAX_REQUEUE_SECONDS);
}
