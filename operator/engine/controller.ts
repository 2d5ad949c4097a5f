import type { Log } from '../../crds/contract/log.ts';
import type { Metrics } from './metrics.ts';
import { DEFAULT_BACK_OFF } from './back-off.ts';
import type { Key, Requeue } from './reconcile.ts';
import { SYSTEM_CLOCK, WorkQueue, type Clock } from './work-queue.ts';

export interface ControllerOptions {
  /** Of the objects that are reconciled; for metrics and logs. */
  readonly kind: 'DumpIngestion' | 'ScheduledDumpIngestion';
  readonly reconcile: (key: Key) => Promise<Requeue>;
  /** The milliseconds after which to reconcile again even without a change, as of the last reconcile. */
  readonly refreshAfter?: (key: Key) => number | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Whether an object has not been reconciled yet: it waits for those that have. */
  readonly isNew?: (key: Key) => boolean;
  /** Objects reconciled at the same time. */
  readonly concurrency: number;
  readonly clock?: Clock;
}

/** The minimum time between two reconciles of an object, and so between two writes of its status. */
const INTERVAL_MILLISECONDS = 1000;

/** Reconciles objects of one kind after changes. Until it is started, another replica does that. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #waitingSince = new Map<Key, number>();
  readonly #runningSince = new Map<Key, number>();
  #isStarted = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#queue = new WorkQueue({
      process: (key) => this.#process(key),
      concurrency: options.concurrency,
      interval: INTERVAL_MILLISECONDS,
      backOff: DEFAULT_BACK_OFF,
      clock: this.#clock,
      onFailure: (key, error, retryAfter) => {
        const message = error instanceof Error ? error.message : String(error);
        logOf(options, key).error('the reconcile failed and will be retried', {
          error: message,
          retryAfterSeconds: retryAfter / 1000,
        });
      },
    });
  }

  get kind(): ControllerOptions['kind'] {
    return this.#options.kind;
  }

  get depth(): number {
    return this.#waitingSince.size;
  }

  /** How long the longest of the running reconciles has been running. */
  get longestRunningMilliseconds(): number {
    return Math.max(0, ...[...this.#runningSince.values()].map((since) => this.#clock.now() - since));
  }

  enqueue(key: Key): void {
    if (!this.#isStarted) return;
    if (!this.#waitingSince.has(key)) this.#waitingSince.set(key, this.#clock.now());
    this.#queue.add(key, { isNew: this.#options.isNew?.(key) ?? false });
  }

  /** Starts with a reconcile of each of these objects. */
  start(keys: Iterable<Key>): void {
    this.#isStarted = true;
    for (const key of keys) this.enqueue(key);
  }

  /** Resolves once the running reconciles have ended. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    await this.#queue.shutDown();
  }

  async #process(key: Key): Promise<number | undefined> {
    const { kind, reconcile, refreshAfter, metrics } = this.#options;
    const start = this.#clock.now();
    const waited = start - (this.#waitingSince.get(key) ?? start);
    metrics.observe('motherload_queue_latency_seconds', waited / 1000, { kind });
    this.#waitingSince.delete(key);
    this.#runningSince.set(key, start);
    let result = 'error';
    try {
      const requeue = await reconcile(key);
      result = 'success';
      const delays = [requeue === undefined ? undefined : requeue.afterSeconds * 1000, refreshAfter?.(key)];
      const set = delays.filter((delay) => delay !== undefined);
      return set.length === 0 ? undefined : Math.min(...set);
    } finally {
      this.#runningSince.delete(key);
      metrics.count('motherload_reconciles_total', { kind, result });
      metrics.observe('motherload_reconcile_duration_seconds', (this.#clock.now() - start) / 1000, { kind });
    }
  }
}

function logOf({ log, kind }: ControllerOptions, key: Key): Log {
  const [namespace = '', name = ''] = key.split('/');
  return log.child({ namespace, [kind === 'DumpIngestion' ? 'ingestion' : 'schedule']: name });
}
