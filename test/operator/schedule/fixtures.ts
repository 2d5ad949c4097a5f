import assert from 'node:assert/strict';
import { scheduledRunName } from '../../../crds/contract/names.ts';
import type { ScheduledDumpIngestionStatus } from '../../../crds/contract/generated.ts';
import type { EmitEvent } from '../../../operator/decide/action.ts';
import { findCondition } from '../../../operator/decide/conditions.ts';
import type { ScheduleAction } from '../../../operator/schedule/action.ts';
import { decideSchedule } from '../../../operator/schedule/decide.ts';
import type { ObservedRun, ObservedSchedule, ScheduleSpec } from '../../../operator/schedule/observed.ts';

export const SCHEDULE_UID = '0c7d0f7e-6a0e-4d0e-8f0f-2f3c4d5e6f70';

/** A schedule named `nightly`, at two o'clock UTC, that was created on the last day of February. */
export function schedule(
  parts: Partial<Omit<ObservedSchedule, 'spec'>> & { readonly spec?: Partial<ScheduleSpec> } = {},
): ObservedSchedule {
  const { spec, ...others } = parts;
  return {
    metadata: {
      ...{ namespace: 'default', name: 'nightly', uid: SCHEDULE_UID, generation: 1, resourceVersion: '7' },
      creationTimestamp: '2026-02-28T12:00:00Z',
    },
    spec: {
      ...{ schedule: '0 2 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid', suspend: false },
      ...{ successfulRunsHistoryLimit: 3, failedRunsHistoryLimit: 1 },
      ...spec,
    },
    status: {},
    runs: [],
    ...others,
  };
}

/** A run that was due then; it has not ended unless the parts say so. */
export function run(due: string, parts: Partial<ObservedRun> = {}): ObservedRun {
  const moment = Date.parse(due);
  return { name: scheduledRunName('nightly', moment), moment, creationTimestamp: due, ...parts };
}

export const complete = (due: string, completionTime = due) =>
  run(due, { outcome: 'Complete', completionTime, message: '8 tables loaded' });
export const failed = (due: string, completionTime = due) =>
  run(due, { outcome: 'Failed', completionTime, message: '1 of 8 tables failed' });

export const decideAt = (observed: ObservedSchedule, time: string) => decideSchedule(observed, new Date(time));
export const actionsAt = (observed: ObservedSchedule, time: string): readonly ScheduleAction[] =>
  decideAt(observed, time).actions;
export const ofType = <Type extends ScheduleAction['type']>(actions: readonly ScheduleAction[], type: Type) =>
  actions.filter((action): action is Extract<ScheduleAction, { type: Type }> => action.type === type);
export const startedAt = (observed: ObservedSchedule, time: string): string[] =>
  ofType(actionsAt(observed, time), 'CreateRun').map(({ moment }) => new Date(moment).toISOString());
export const eventsAt = (observed: ObservedSchedule, time: string): EmitEvent[] =>
  ofType(actionsAt(observed, time), 'EmitEvent');
export const statusAt = (observed: ObservedSchedule, time: string): ScheduledDumpIngestionStatus => {
  const [write] = ofType(actionsAt(observed, time), 'WriteScheduleStatus');
  assert(write, 'no status is written');
  return write.status;
};
export const conditionOf = (
  { conditions }: ScheduledDumpIngestionStatus,
  type: Parameters<typeof findCondition>[1],
): string => {
  const { status, reason } = findCondition(conditions, type) ?? assert.fail(`no condition ${type}`);
  return `${status} ${reason}`;
};

/** With the status that the operator has written at this time. */
export function written(observed: ObservedSchedule, time: string): ObservedSchedule {
  const [write] = ofType(actionsAt(observed, time), 'WriteScheduleStatus');
  return write === undefined ? observed : { ...observed, status: write.status };
}
