import type { Action } from '../decide/action.ts';
import { decide } from '../decide/ingestion.ts';
import type { Observed, ObservedIngestion } from '../decide/observed.ts';
import { inParallel } from './in-parallel.ts';

/** A DumpIngestion, as `namespace/name`. */
export type Key = string;

/** When to look again although nothing was heard; undefined: only when something is. */
export type Requeue = { readonly afterSeconds: number } | undefined;

/** What was observed is not so any more, so what was decided by it must not be done. Nothing is wrong: the next look decides anew. */
export class OutdatedError extends Error {
  constructor(what: string) {
    super(`${what} has changed since it was observed; the next look decides anew`);
    this.name = 'OutdatedError';
  }
}

const LOOK_AGAIN: Requeue = { afterSeconds: 1 };

/**
 * The hands: a cluster, or this machine. `act` may be repeated. A Job that is refused (quota, policy) is no error of `act`, since the
 * status must still be written: it is observed as a `problem`. An error of `observe` or `act` ends the reconcile; it is tried again. So does an
 * OutdatedError, which is none.
 */
export interface World {
  /** Undefined where the DumpIngestion is gone. */
  observe(key: Key): Promise<Observed | undefined>;
  act(action: Action, ingestion: ObservedIngestion): Promise<void>;
  now(): Date;
}

export async function reconcile(key: Key, world: World): Promise<Requeue> {
  const observed = await world.observe(key);
  if (observed === undefined) return undefined;
  const { actions, requeueAfterSeconds } = decide(observed, world.now());
  try {
    for (const stage of stagesOf(actions)) await inParallel(stage, (action) => world.act(action, observed.ingestion));
  } catch (error) {
    if (error instanceof OutdatedError) return LOOK_AGAIN;
    throw error;
  }
  return requeueAfterSeconds === undefined ? undefined : { afterSeconds: requeueAfterSeconds };
}

/** Neighbours that make, delete or write different objects may go together; of all others the order is part of what they mean. */
function stagesOf(actions: readonly Action[]): Action[][] {
  const stages: Action[][] = [];
  for (const action of actions) {
    const last = stages.at(-1);
    if (last?.[0]?.type === action.type && INDEPENDENT.has(action.type)) last.push(action);
    else stages.push([action]);
  }
  return stages;
}

const INDEPENDENT: ReadonlySet<Action['type']> = new Set(['CreateJob', 'DeleteJob', 'WriteTableStatus'] as const);
