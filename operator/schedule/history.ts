import type { DeleteRun } from './action.ts';
import type { ObservedRun, ObservedSchedule } from './observed.ts';

/** The runs beyond the limits of the history, which each outcome has its own of. */
export function decideHistory({ spec, runs }: Pick<ObservedSchedule, 'spec' | 'runs'>): DeleteRun[] {
  const limits = { Complete: spec.successfulRunsHistoryLimit, Failed: spec.failedRunsHistoryLimit };
  return Object.entries(limits).flatMap(([outcome, limit]) =>
    runs
      .filter((run) => run.outcome === outcome)
      .toSorted(latestFirst)
      .slice(limit)
      .filter(({ deleting }) => deleting !== true)
      .map(({ name }): DeleteRun => ({ type: 'DeleteRun', name, because: 'History' })),
  );
}

export function latestFirst(one: ObservedRun, other: ObservedRun): number {
  return other.moment - one.moment;
}
