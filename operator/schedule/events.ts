import type { ScheduledDumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { EmitEvent } from '../decide/action.ts';
import { conditionEvents, hasChanged } from '../decide/condition-events.ts';
import { boundedMessage, type Condition } from '../decide/conditions.ts';
import type { ObservedRun, ObservedSchedule } from './observed.ts';
import { eventLevel } from '../decide/reasons.ts';
import { SCHEDULE_REASONS, type ScheduleReason } from './reasons.ts';
import type { Start } from './start.ts';
import { timeOf } from './status.ts';

type Status = ScheduledDumpIngestionStatus;

/** An event for each run that was started or has ended since the last status, and for each transition of a condition. */
export function scheduleEvents({ status: before, runs }: ObservedSchedule, status: Status): EmitEvent[] {
  return [
    ...startEvents(before, runs),
    ...endEvents(before, runs),
    ...conditionEvents(before.conditions, status.conditions, eventOf),
  ];
}

/** A run that has not ended is deleted for the next one. */
export function replacementEvents({ replaced }: Start): EmitEvent[] {
  const reason: ScheduleReason = 'RunReplaced';
  return replaced.map(({ name }) => ({
    ...{ type: 'EmitEvent', level: 'Normal', reason },
    message: `${name} has not ended and is deleted, since the next run is due (spec.concurrencyPolicy: Replace); tables that it has loaded are kept`,
  }));
}

function eventOf(condition: Condition, before: Condition | undefined): EmitEvent | undefined {
  const { type, status, reason, message } = condition;
  // Another run that is late is another message.
  const isLater = type === 'Late' && status === 'True' && before?.message !== message;
  if (!hasChanged(condition, before) && !isLater) return undefined;
  const level = eventLevel(reason, SCHEDULE_REASONS);
  return level === undefined ? undefined : { type: 'EmitEvent', level, reason, message };
}

function startEvents({ lastScheduleTime }: Status, runs: readonly ObservedRun[]): EmitEvent[] {
  const last = lastScheduleTime === undefined ? -Infinity : Date.parse(lastScheduleTime);
  const reason: ScheduleReason = 'RunStarted';
  return runs
    .filter(({ moment }) => moment > last)
    .map((run) => ({
      ...{ type: 'EmitEvent', level: 'Normal', reason },
      message: `started ${run.name}, which was due at ${timeOf(run.moment)}${lateness(run)}`,
    }));
}

function lateness({ moment, creationTimestamp }: ObservedRun): string {
  const minutes = Math.floor((Date.parse(creationTimestamp) - moment) / 60_000);
  return minutes < 1 ? '' : `, ${minutes} minutes ago; runs that were due before it and missed are not started`;
}

function endEvents({ lastRun }: Status, runs: readonly ObservedRun[]): EmitEvent[] {
  const last = lastRun?.completionTime === undefined ? -Infinity : Date.parse(lastRun.completionTime);
  return runs
    .filter(({ completionTime, name }) => Date.parse(completionTime ?? '') >= last && name !== lastRun?.name)
    .map(({ name, outcome, message = '' }) => {
      const reason: ScheduleReason = outcome === 'Complete' ? 'RunCompleted' : 'RunFailed';
      const level = outcome === 'Complete' ? 'Normal' : 'Warning';
      const what = outcome === 'Complete' ? 'is complete' : 'failed';
      return { type: 'EmitEvent', level, reason, message: boundedMessage(`${name} ${what}: ${message}`) };
    });
}
