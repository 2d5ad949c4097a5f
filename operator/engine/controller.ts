import type { Log } from '../../crds/contract/log.ts';
import type { Metrics } from './metrics.ts';
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

/** No DumpIngestion is reconciled, and so no status written, more often. */
const INTERVAL_MILLISECONDS = 1000;
const BACK_OFF = { base: 1000, cap: 60_000 };

/** Reconciles DumpIngestions that something happened to. Before it is started that is another replica's work. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #waitingSince = new Map<Key, number>();
  readonly #underWay = new Map<Key, number>();
  #isStarted = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#queue = new WorkQueue({
      process: (key) => this.#process(key),
      concurrency: options.concurrency,
      interval: INTERVAL_MILLISECONDS,
      backOff: BACK_OFF,
      clock: this.#clock,
      onFailure: (key, error, retryAfter) => {
        const message = error instanceof Error ? error.message : String(error);
        logOf(options.log, key).error('a reconcile failed and is tried again', {
          error: message,
          retryAfterSeconds: retryAfter / 1000,
        });
      },
    });
  }

  get depth(): number {
    return this.#waitingSince.size;
  }

  /** How long the longest reconcile has been under way. */
  get longestMilliseconds(): number {
    return Math.max(0, ...[...this.#underWay.values()].map((since) => this.#clock.now() - since));
  }

  enqueue(key: Key): void {
    if (!this.#isStarted) return;
    if (!this.#waitingSince.has(key)) this.#waitingSince.set(key, this.#clock.now());
    this.#queue.add(key);
  }

  /** Begins with the DumpIngestions that there are. */
  start(keys: Iterable<Key>): void {
    this.#isStarted = true;
    for (const key of keys) this.enqueue(key);
  }

  /** Resolves when what is under way has come to its end. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    await this.#queue.shutDown();
  }

  async #process(key: Key): Promise<number | undefined> {
    const { world, metrics } = this.#options;
    const began = this.#clock.now();
    metrics.observe('motherload_queue_latency_seconds', (began - (this.#waitingSince.get(key) ?? began)) / 1000);
    this.#waitingSince.delete(key);
    this.#underWay.set(key, began);
    let result = 'error';
    try {
      const requeue = await reconcile(key, world);
      result = 'success';
      const again = [requeue === undefined ? undefined : requeue.afterSeconds * 1000, world.refreshAfter(key)];
      const delays = again.filter((delay) => delay !== undefined);
      return delays.length === 0 ? undefined : Math.min(...delays);
    } finally {
      this.#underWay.delete(key);
      metrics.count('motherload_reconciles_total', { result });
      metrics.observe('motherload_reconcile_duration_seconds', (this.#clock.now() - began) / 1000);
    }
  }
}

function logOf(log: Log, key: Key): Log {
  const [namespace = '', ingestion = ''] = key.split('/');
  return log.child({ namespace, ingestion });
}
