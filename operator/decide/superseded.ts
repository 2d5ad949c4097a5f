import type { Action } from './action.ts';
import type { Observed } from './observed.ts';

/** One reconcile deletes so many, so that those of 10,000 tables do not keep the others waiting. */
const MAX_DELETIONS = 200;

/** Deletes the TableIngestions of earlier runs that no longer count. The first reconcile of a run comes before they are known. */
export function decideSuperseded({ superseded = [] }: Pick<Observed, 'superseded'>): {
  readonly actions: readonly Action[];
  readonly isMore: boolean;
} {
  const actions = superseded.slice(0, MAX_DELETIONS).map((name): Action => ({ type: 'DeleteTable', name }));
  return { actions, isMore: superseded.length > MAX_DELETIONS };
}
