import type { Action } from '../decide/action.ts';
import { decide } from '../decide/ingestion.ts';
import type { Observed, ObservedIngestion } from '../decide/observed.ts';
import type { ScheduleAction } from '../schedule/action.ts';
import { inParallel } from './in-parallel.ts';

/** A DumpIngestion or a ScheduledDumpIngestion, as `namespace/name`. */
export type Key = string;

/** When to reconcile again even if no change is observed; undefined: only after a change. */
export type Requeue = { readonly afterSeconds: number } | undefined;

/** An object has changed since it was observed, so the decisions based on it no longer hold. Not a failure: the next reconcile decides again. */
export class OutdatedError extends Error {
  constructor(what: string) {
    super(`${what} has changed since it was observed; the next reconcile decides again`);
    this.name = 'OutdatedError';
  }
}

const REQUEUE_SOON: Requeue = { afterSeconds: 1 };

/**
 * An executor: a cluster, or this machine. `act` is idempotent. A Job that is rejected (quota, policy) is not an error of `act`, since the
 * status must still be written: it is observed as a `problem`. An error of `observe` or `act` ends the reconcile, which is then retried; an
 * OutdatedError ends it, too, but does not count as a failure.
 */
export interface World {
  /** Undefined if the DumpIngestion no longer exists. */
  observe(key: Key): Promise<Observed | undefined>;
  act(action: Action, ingestion: ObservedIngestion): Promise<void>;
  now(): Date;
}

export async function reconcile(key: Key, world: World): Promise<Requeue> {
  const observed = await world.observe(key);
  if (observed === undefined) return undefined;
  return await execute(decide(observed, world.now()), (action) => world.act(action, observed.ingestion));
}

/** Executes what was decided, in its order. */
export async function execute<Step extends { readonly type: string }>(
  { actions, requeueAfterSeconds }: { readonly actions: readonly Step[]; readonly requeueAfterSeconds?: number },
  act: (action: Step) => Promise<void>,
): Promise<Requeue> {
  try {
    for (const stage of stagesOf(actions)) await inParallel(stage, act);
  } catch (error) {
    if (error instanceof OutdatedError) return REQUEUE_SOON;
    throw error;
  }
  return requeueAfterSeconds === undefined ? undefined : { afterSeconds: requeueAfterSeconds };
}

/** Consecutive actions that create, delete or write different objects may run in parallel; all others must keep their order. */
function stagesOf<Step extends { readonly type: string }>(actions: readonly Step[]): Step[][] {
  const stages: Step[][] = [];
  for (const action of actions) {
    const last = stages.at(-1);
    if (last?.[0]?.type === action.type && INDEPENDENT.has(action.type)) last.push(action);
    else stages.push([action]);
  }
  return stages;
}

const INDEPENDENT: ReadonlySet<string> = new Set<(Action | ScheduleAction)['type']>([
  ...(['CreateJob', 'DeleteJob', 'DeleteTable', 'WriteTableStatus', 'DeleteRun'] as const),
]);
