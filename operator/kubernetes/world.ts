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
  /** Asks for a DumpIngestion to be looked at again. */
  readonly onChange: (key: Key) => void;
}

/** A refusal is forgotten when it was not repeated for so long: what was refused is not asked for any more. */
const REFUSAL_MILLISECONDS = 30_000;

/** The hands in a cluster. */
export class ClusterWorld implements World {
  readonly #options: ClusterWorldOptions;
  readonly #observer: Observer;
  readonly #refusals = new Map<Key, { readonly what: string; readonly problem: Problem; readonly at: number }>();

  constructor(options: ClusterWorldOptions) {
    this.#options = options;
    this.#observer = new Observer(options.api, options.caches, () => Date.now());
  }

  now(): Date {
    return new Date();
  }

  async observe(key: Key): Promise<Observed | undefined> {
    const observed = await this.#observer.observe(key);
    const refusal = this.#refusals.get(key);
    const isOld = refusal !== undefined && Date.now() - refusal.at > REFUSAL_MILLISECONDS;
    if (observed === undefined || isOld) this.#refusals.delete(key);
    if (observed === undefined) return undefined;
    return {
      ...observed,
      templateDigest: templateDigest(observed.ingestion, this.#options.settings),
      ...(refusal === undefined || isOld ? {} : { problem: refusal.problem }),
    };
  }

  /** After how many milliseconds to look again although nothing was heard. */
  refreshAfter(key: Key): number | undefined {
    return this.#observer.refreshAfter(key);
  }

  async act(action: Action, ingestion: ObservedIngestion): Promise<void> {
    const { namespace, name } = ingestion.metadata;
    let isRefused = false;
    await act(action, ingestion, {
      ...this.#options,
      log: this.#options.log.child({ namespace, ingestion: name }),
      now: () => this.now(),
      onMade: (what, refusal) => {
        isRefused ||= refusal !== undefined;
        this.#remember(`${namespace}/${name}`, what, refusal);
      },
    });
    // A condition that has turned, or tables that are there, may be what the next step waits for; and of what an answer has brought into the
    // caches the watch tells no news.
    const conditionsChanged =
      action.type === 'WriteIngestionStatus' && turnsOf(action.status) !== turnsOf(ingestion.status);
    const isMade = action.type === 'ApplyTables' && !isRefused;
    if (conditionsChanged || isMade) this.#options.onChange(`${namespace}/${name}`);
  }

  #remember(key: Key, what: string, problem: Problem | undefined): void {
    const before = this.#refusals.get(key);
    if (problem === undefined) {
      if (before?.what === what) this.#refusals.delete(key);
      return;
    }
    this.#refusals.set(key, { what, problem, at: Date.now() });
    // The status of this reconcile was decided before.
    if (before?.problem.message !== problem.message) this.#options.onChange(key);
  }
}

function turnsOf({ conditions = [] }: ObservedIngestion['status']): string {
  return conditions.map(({ type, status }) => `${type}=${status}`).join();
}
