import type { Log } from '../../crds/contract/log.ts';
import { templateDigest, type JobSettings } from '../build/job-template.ts';
import type { Action } from '../decide/action.ts';
import type { Observed, ObservedIngestion, Problem } from '../decide/observed.ts';
import type { Key, World } from '../engine/reconcile.ts';
import { act } from './act/act.ts';
import type { KubernetesApi } from './client/api.ts';
import type { Caches } from './cache/caches.ts';
import { Observer } from './observe/observe.ts';

export interface ClusterWorldOptions {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly settings: JobSettings;
  readonly log: Log;
  /** Requests another reconcile of a DumpIngestion. */
  readonly onChange: (key: Key) => void;
}

/** A rejection that is not repeated for this long is forgotten: the rejected object is no longer wanted. */
const REJECTION_MILLISECONDS = 30_000;

/** The executor in a cluster. */
export class ClusterWorld implements World {
  readonly #options: ClusterWorldOptions;
  readonly #observer: Observer;
  readonly #statusWrittenAt = new Map<Key, number>();
  readonly #rejections = new Map<Key, { readonly what: string; readonly problem: Problem; readonly at: number }>();

  constructor(options: ClusterWorldOptions) {
    this.#options = options;
    this.#observer = new Observer(options.api, options.caches, () => Date.now());
  }

  now(): Date {
    return new Date();
  }

  async observe(key: Key): Promise<Observed | undefined> {
    const observed = await this.#observer.observe(key);
    const rejection = this.#rejections.get(key);
    const isOld = rejection !== undefined && Date.now() - rejection.at > REJECTION_MILLISECONDS;
    if (observed === undefined || isOld) this.#rejections.delete(key);
    if (observed === undefined) this.#statusWrittenAt.delete(key);
    if (observed === undefined) return undefined;
    const statusWrittenAt = this.#statusWrittenAt.get(key);
    return {
      ...observed,
      ...(statusWrittenAt === undefined ? {} : { statusWrittenAt }),
      templateDigest: templateDigest(observed.ingestion, this.#options.settings),
      ...(rejection === undefined || isOld ? {} : { problem: rejection.problem }),
    };
  }

  /** The milliseconds after which to reconcile again even without a change. */
  refreshAfter(key: Key): number | undefined {
    return this.#observer.refreshAfter(key);
  }

  async act(action: Action, ingestion: ObservedIngestion): Promise<void> {
    const { namespace, name } = ingestion.metadata;
    let isRejected = false;
    await act(action, ingestion, {
      ...this.#options,
      log: this.#options.log.child({ namespace, ingestion: name }),
      now: () => this.now(),
      onCreated: (what, rejection) => {
        isRejected ||= rejection !== undefined;
        this.#remember(`${namespace}/${name}`, what, rejection);
      },
    });
    if (action.type === 'WriteIngestionStatus') this.#statusWrittenAt.set(`${namespace}/${name}`, Date.now());
    // The next step may depend on a changed condition or on new tables, and the watch does not report what a response put into the caches.
    const conditionsChanged =
      action.type === 'WriteIngestionStatus' && conditionsOf(action.status) !== conditionsOf(ingestion.status);
    const areTablesCreated = action.type === 'ApplyTables' && !isRejected;
    if (conditionsChanged || areTablesCreated) this.#options.onChange(`${namespace}/${name}`);
  }

  #remember(key: Key, what: string, problem: Problem | undefined): void {
    const before = this.#rejections.get(key);
    if (problem === undefined) {
      if (before?.what === what) this.#rejections.delete(key);
      return;
    }
    this.#rejections.set(key, { what, problem, at: Date.now() });
    // The status of this reconcile was decided before the rejection.
    if (before?.problem.message !== problem.message) this.#options.onChange(key);
  }
}

function conditionsOf({ conditions = [] }: ObservedIngestion['status']): string {
  return conditions.map(({ type, status }) => `${type}=${status}`).join();
}
