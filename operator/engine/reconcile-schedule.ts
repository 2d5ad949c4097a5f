import type { ScheduleAction } from '../schedule/action.ts';
import { decideSchedule } from '../schedule/decide.ts';
import type { ObservedSchedule } from '../schedule/observed.ts';
import { execute, type Key, type Requeue } from './reconcile.ts';

/** Where schedules and their runs are, with the same contract as a World. */
export interface ScheduleWorld {
  /** Undefined if the ScheduledDumpIngestion no longer exists. */
  observe(key: Key): Promise<ObservedSchedule | undefined>;
  act(action: ScheduleAction, schedule: ObservedSchedule): Promise<void>;
  now(): Date;
}

export async function reconcileSchedule(key: Key, world: ScheduleWorld): Promise<Requeue> {
  const observed = await world.observe(key);
  if (observed === undefined) return undefined;
  return await execute(decideSchedule(observed, world.now()), (action) => world.act(action, observed));
}
