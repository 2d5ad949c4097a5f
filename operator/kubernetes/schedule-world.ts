import type { Log } from '../../crds/contract/log.ts';
import type { Problem } from '../decide/observed.ts';
import type { ScheduleWorld } from '../engine/reconcile-schedule.ts';
import type { Key } from '../engine/reconcile.ts';
import type { ScheduleAction } from '../schedule/action.ts';
import type { ObservedSchedule } from '../schedule/observed.ts';
import { actOnSchedule } from './act/act-on-schedule.ts';
import type { Caches } from './cache/caches.ts';
import type { KubernetesApi } from './client/api.ts';
import { observeSchedule } from './observe/observe-schedule.ts';

export interface ClusterScheduleWorldOptions {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Requests a reconcile of a DumpIngestion. */
  readonly onRun: (key: Key) => void;
  /** Requests another reconcile of a ScheduledDumpIngestion. */
  readonly onChange: (key: Key) => void;
}

/** A rejection that is not repeated for this long is forgotten: the run is no longer wanted. */
const REJECTION_MILLISECONDS = 30_000;

/** Schedules in a cluster. */
export class ClusterScheduleWorld implements ScheduleWorld {
  readonly #options: ClusterScheduleWorldOptions;
  readonly #rejections = new Map<Key, { readonly problem: Problem; readonly at: number }>();

  constructor(options: ClusterScheduleWorldOptions) {
    this.#options = options;
  }

  now(): Date {
    return new Date(this.#options.now());
  }

  observe(key: Key): Promise<ObservedSchedule | undefined> {
    const observed = observeSchedule(key, this.#options.caches);
    const rejection = this.#rejections.get(key);
    const isOld = rejection !== undefined && performance.now() - rejection.at > REJECTION_MILLISECONDS;
    if (observed === undefined || isOld) this.#rejections.delete(key);
    const problem = rejection === undefined || isOld ? {} : { problem: rejection.problem };
    return Promise.resolve(observed === undefined ? undefined : { ...observed, ...problem });
  }

  async act(action: ScheduleAction, schedule: ObservedSchedule): Promise<void> {
    const { namespace, name } = schedule.metadata;
    const key = `${namespace}/${name}`;
    await actOnSchedule(action, schedule, {
      ...this.#options,
      log: this.#options.log.child({ namespace, schedule: name }),
      now: () => this.now(),
      onCreated: (problem) => this.#remember(key, problem),
    });
  }

  /** The status is decided from what became of the run, and the watch does not report what a response put into the caches. */
  #remember(key: Key, problem: Problem | undefined): void {
    const before = this.#rejections.get(key);
    if (problem === undefined) this.#rejections.delete(key);
    else this.#rejections.set(key, { problem, at: performance.now() });
    if (problem === undefined || before?.problem.message !== problem.message) this.#options.onChange(key);
  }
}
