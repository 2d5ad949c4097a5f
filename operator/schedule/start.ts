import { scheduledRunName } from '../../crds/contract/names.ts';
import type { Problem } from '../decide/observed.ts';
import type { CreateRun, DeleteRun } from './action.ts';
import type { ObservedRun, ObservedSchedule } from './observed.ts';
import type { ScheduleReason } from './reasons.ts';
import type { Moment } from './time-zone.ts';

/** How the run that is due starts, or what it waits for. */
export interface Start {
  readonly create: CreateRun | undefined;
  readonly replaced: readonly DeleteRun[];
  readonly waitsFor: Problem | undefined;
}

export const NO_START: Start = { create: undefined, replaced: [], waitsFor: undefined };

/**
 * Starts the run of this moment, as spec.concurrencyPolicy allows. A run that is being deleted counts as active until it is gone: it is deleted
 * in the foreground, so by then its Jobs and their pods have ended, and none loads beside those of the next run.
 */
export function decideStart({ metadata, spec, runs }: ObservedSchedule, moment: Moment): Start {
  const active = runs.filter(isActive);
  const name = scheduledRunName(metadata.name, moment);
  if (spec.concurrencyPolicy === 'Allow' || active.length === 0)
    return { ...NO_START, create: { type: 'CreateRun', name, moment } };
  const due = new Date(moment).toISOString();
  const names = active.map((run) => run.name).join(', ');
  if (spec.concurrencyPolicy === 'Forbid') {
    const reason: ScheduleReason = 'WaitingForPrevious';
    const message = `the run due at ${due} starts once ${names} has ended (spec.concurrencyPolicy: Forbid); see its condition Progressing if it should have`;
    return { ...NO_START, waitsFor: { reason, message } };
  }
  const reason: ScheduleReason = 'Replacing';
  const message = `the run due at ${due} starts once ${names} and the pods of its Jobs are gone (spec.concurrencyPolicy: Replace)`;
  const replaced = active
    .filter(({ deleting }) => deleting !== true)
    .map((run): DeleteRun => ({ type: 'DeleteRun', name: run.name, because: 'Replaced' }));
  return { create: undefined, replaced, waitsFor: { reason, message } };
}

export function isActive({ outcome }: ObservedRun): boolean {
  return outcome === undefined;
}
