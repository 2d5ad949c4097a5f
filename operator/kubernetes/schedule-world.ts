import type { Log } from '../../crds/contract/log.ts';
import type { ScheduleWorld } from '../engine/reconcile-schedule.ts';
import type { Key } from '../engine/reconcile.ts';
import type { ScheduleAction } from '../schedule/action.ts';
import type { ObservedSchedule } from '../schedule/observed.ts';
import { actOnSchedule } from './act/act-on-schedule.ts';
import type { Caches } from './cache/caches.ts';
import type { KubernetesApi } from './client/api.ts';
import { observeSchedule } from './observe/observe-schedule.ts';
import { Rejections } from './rejections.ts';

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

/** Schedules in a cluster. */
export class ClusterScheduleWorld implements ScheduleWorld {
  readonly #options: ClusterScheduleWorldOptions;
  readonly #rejections = new Rejections();

  constructor(options: ClusterScheduleWorldOptions) {
    this.#options = options;
  }

  now(): Date {
    return new Date(this.#options.now());
  }

  observe(key: Key): Promise<ObservedSchedule | undefined> {
    const observed = observeSchedule(key, this.#options.caches);
    const rejection = this.#rejections.observe(key, observed !== undefined);
    return Promise.resolve(observed === undefined ? undefined : { ...observed, ...rejection });
  }

  async act(action: ScheduleAction, schedule: ObservedSchedule): Promise<void> {
    const { namespace, name } = schedule.metadata;
    const key = `${namespace}/${name}`;
    await actOnSchedule(action, schedule, {
      ...this.#options,
      log: this.#options.log.child({ namespace, schedule: name }),
      now: () => this.now(),
      onCreated: (problem) => {
        const isNew = this.#rejections.remember(key, 'run', problem);
        // The status is decided from what became of the run, and the watch does not report what a response put into the caches.
        if (isNew || problem === undefined) this.#options.onChange(key);
      },
    });
  }
}
