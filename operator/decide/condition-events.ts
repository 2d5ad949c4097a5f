import type { EmitEvent } from './action.ts';
import type { Condition } from './conditions.ts';

/** An event for each condition that has one now; of several with the same reason one, with the last message. */
export function conditionEvents(
  before: readonly Condition[] | undefined,
  conditions: readonly Condition[] | undefined,
  eventOf: (condition: Condition, before: Condition | undefined) => EmitEvent | undefined,
): EmitEvent[] {
  const earlier = new Map(before?.map((condition) => [condition.type, condition]));
  const events = (conditions ?? []).flatMap((condition) => eventOf(condition, earlier.get(condition.type)) ?? []);
  return [...new Map(events.map((event) => [event.reason, event])).values()];
}

/** Whether it is a transition: another status or reason. */
export function hasChanged(condition: Condition, before: Condition | undefined): boolean {
  return before?.reason !== condition.reason || before.status !== condition.status;
}
