import type { Log } from '../../crds/contract/log.ts';
import type { Metrics } from './metrics.ts';
import { DEFAULT_BACK_OFF } from './back-off.ts';
import { reconcile, type Key, type World } from './reconcile.ts';
import { SYSTEM_CLOCK, WorkQueue, type Clock } from './work-queue.ts';

export interface ControllerOptions {
  readonly world: World & { refreshAfter(key: Key): number | undefined };
  readonly metrics: Metrics;
  readonly log: Log;
  /** DumpIngestions reconciled at the same time. */
  readonly concurrency: number;
  readonly clock?: Clock;
}

/** The minimum time between two reconciles of a DumpIngestion, and so between two writes of its status. */
const INTERVAL_MILLISECONDS = 1000;

/** Reconciles DumpIngestions after changes. Until it is started, another replica does that. */
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
        logOf(options.log, key).error('the reconcile failed and will be retried', {
          error: message,
          retryAfterSeconds: retryAfter / 1000,
        });
      },
    });
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
    this.#queue.add(key);
  }

  /** Starts with a reconcile of each of these DumpIngestions. */
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
    const { world, metrics } = this.#options;
    const start = this.#clock.now();
    metrics.observe('motherload_queue_latency_seconds', (start - (this.#waitingSince.get(key) ?? start)) / 1000);
    this.#waitingSince.delete(key);
    this.#runningSince.set(key, start);
    let result = 'error';
    try {
      const requeue = await reconcile(key, world);
      result = 'success';
      const delays = [requeue === undefined ? undefined : requeue.afterSeconds * 1000, world.refreshAfter(key)];
      const set = delays.filter((delay) => delay !== undefined);
      return set.length === 0 ? undefined : Math.min(...set);
    } finally {
      this.#runningSince.delete(key);
      metrics.count('motherload_reconciles_total', { result });
      metrics.observe('motherload_reconcile_duration_seconds', (this.#clock.now() - start) / 1000);
    }
  }
}

function logOf(log: Log, key: Key): Log {
  const [namespace = '', ingestion = ''] = key.split('/');
  return log.child({ namespace, ingestion });
}
