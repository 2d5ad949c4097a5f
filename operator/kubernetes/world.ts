import type { Log } from '../../crds/contract/log.ts';
import { templateDigest, type JobSettings } from '../build/job-template.ts';
import type { Action } from '../decide/action.ts';
import type { Observed, ObservedIngestion } from '../decide/observed.ts';
import type { Key, World } from '../engine/reconcile.ts';
import { act } from './act/act.ts';
import type { KubernetesApi } from './client/api.ts';
import type { Caches } from './cache/caches.ts';
import { Observer } from './observe/observe.ts';
import { Rejections } from './rejections.ts';

export interface ClusterWorldOptions {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly settings: JobSettings;
  readonly log: Log;
  /** Requests another reconcile of a DumpIngestion. */
  readonly onChange: (key: Key) => void;
}

/** The executor in a cluster. */
export class ClusterWorld implements World {
  readonly #options: ClusterWorldOptions;
  readonly #observer: Observer;
  readonly #statusWrittenAt = new Map<Key, number>();
  readonly #rejections = new Rejections();

  constructor(options: ClusterWorldOptions) {
    this.#options = options;
    this.#observer = new Observer(options.api, options.caches, () => Date.now());
  }

  now(): Date {
    return new Date();
  }

  async observe(key: Key): Promise<Observed | undefined> {
    const observed = await this.#observer.observe(key);
    const rejection = this.#rejections.observe(key, observed !== undefined);
    if (observed === undefined) this.#statusWrittenAt.delete(key);
    if (observed === undefined) return undefined;
    const statusWrittenAt = this.#statusWrittenAt.get(key);
    return {
      ...observed,
      ...(statusWrittenAt === undefined ? {} : { statusWrittenAt }),
      templateDigest: templateDigest(observed.ingestion, this.#options.settings),
      ...rejection,
    };
  }

  /** The milliseconds after which to reconcile again even without a change. */
  refreshAfter(key: Key): number | undefined {
    return this.#observer.refreshAfter(key);
  }

  async act(action: Action, ingestion: ObservedIngestion): Promise<void> {
    const { namespace, name } = ingestion.metadata;
    const key = `${namespace}/${name}`;
    let isRejected = false;
    await act(action, ingestion, {
      ...this.#options,
      log: this.#options.log.child({ namespace, ingestion: name }),
      now: () => this.now(),
      onCreated: (what, rejection) => {
        isRejected ||= rejection !== undefined;
        // The status of this reconcile was decided before the rejection.
        if (this.#rejections.remember(key, what, rejection)) this.#options.onChange(key);
      },
    });
    if (action.type === 'WriteIngestionStatus') this.#statusWrittenAt.set(key, Date.now());
    // The next step may depend on a changed condition or on new tables, and the watch does not report what a response put into the caches.
    const conditionsChanged =
      action.type === 'WriteIngestionStatus' && conditionsOf(action.status) !== conditionsOf(ingestion.status);
    const areTablesCreated = action.type === 'ApplyTables' && !isRejected;
    if (conditionsChanged || areTablesCreated) this.#options.onChange(key);
  }
}

function conditionsOf({ conditions = [] }: ObservedIngestion['status']): string {
  return conditions.map(({ type, status }) => `${type}=${status}`).join();
}
