import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { ConditionType, ScheduleConditionType } from '../../crds/contract/names.ts';

export type Condition = NonNullable<DumpIngestionStatus['conditions']>[number];

/** A condition without its time of transition. */
export interface ConditionState {
  readonly type: ConditionType | ScheduleConditionType;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** The CRDs' bound; a reason of Kubernetes or a container runtime could be longer. */
const REASON_LENGTH = 1024;
/** The CRDs bound a condition's message at 32768 characters and a status message at 4096; the smaller bound serves both. */
const MESSAGE_LENGTH = 4096;

export function boundedMessage(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 1)}…` : message;
}

/** The new conditions; `lastTransitionTime` changes only together with the status (Kubernetes API conventions). */
export function setConditions(
  previous: readonly Condition[] | undefined,
  states: readonly ConditionState[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  return states.map(({ type, status, reason, message }) => {
    const before = findCondition(previous, type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now.toISOString();
    return {
      type,
      status,
      observedGeneration,
      lastTransitionTime,
      reason: reason.slice(0, REASON_LENGTH),
      message: boundedMessage(message),
    };
  });
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: ConditionType | ScheduleConditionType,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(
  conditions: readonly Condition[] | undefined,
  type: ConditionType | ScheduleConditionType,
): boolean {
  return findCondition(conditions, type)?.status === 'True';
}
