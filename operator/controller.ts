import type { Log } from '../crds/contract/log.ts';
import type { Metrics } from './metrics.ts';
import { reconcile, type Key, type World } from './reconcile.ts';
import { SYSTEM_CLOCK, WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  readonly world: World & { refreshAfter(key: Key): number | undefined };
  readonly metrics: Metrics;
  readonly log: Log;
  /** DumpIngestions reconciled at the same time. */
  readonly concurrency: number;
}

/** No DumpIngestion is reconciled, and so no status written, more often; what happens meanwhile is seen together. */
const INTERVAL_MILLISECONDS = 1000;
const BACK_OFF = { base: 500, cap: 60_000 };

/** Reconciles DumpIngestions that something happened to. Until it is started it only remembers them. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #waitingSince = new Map<Key, number>();
  readonly #reconciledAt = new Map<Key, number>();
  readonly #underWay = new Map<Key, number>();
  #isStarted = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      process: (key) => this.#process(key),
      concurrency: options.concurrency,
      backOff: BACK_OFF,
      clock: SYSTEM_CLOCK,
      onFailure: (key, error, retryAfter) => {
        const message = error instanceof Error ? error.message : String(error);
        logOf(options.log, key).error('a reconcile failed and is tried again', { error: message, retryAfterSeconds: retryAfter / 1000 });
      },
    });
  }

  /** None before it is started: what a replica that does not lead has heard of waits for nobody. */
  get depth(): number {
    return this.#isStarted ? this.#waitingSince.size : 0;
  }

  /** How long the longest reconcile has been under way. */
  get longestMilliseconds(): number {
    return Math.max(0, ...[...this.#underWay.values()].map((since) => Date.now() - since));
  }

  enqueue(key: Key): void {
    if (!this.#waitingSince.has(key)) this.#waitingSince.set(key, Date.now());
    if (!this.#isStarted) return;
    const wait = this.#tooEarly(key);
    if (wait > 0) this.#queue.addAfter(key, wait);
    else this.#queue.add(key);
  }

  start(): void {
    this.#isStarted = true;
    const heardOf = [...this.#waitingSince.keys()];
    this.#waitingSince.clear();
    for (const key of heardOf) this.enqueue(key);
  }

  /** Resolves when what is under way has come to its end. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    await this.#queue.shutDown();
  }

  async #process(key: Key): Promise<number | undefined> {
    const wait = this.#tooEarly(key);
    if (wait > 0) return wait;
    const { world, metrics } = this.#options;
    const began = Date.now();
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
      this.#reconciledAt.set(key, Date.now());
      setTimeout(() => this.#forget(key), INTERVAL_MILLISECONDS).unref();
      metrics.count('motherload_reconciles_total', { result });
      metrics.observe('motherload_reconcile_duration_seconds', (Date.now() - began) / 1000);
    }
  }

  #tooEarly(key: Key): number {
    return Math.max(0, (this.#reconciledAt.get(key) ?? 0) + INTERVAL_MILLISECONDS - Date.now());
  }

  #forget(key: Key): void {
    if (this.#tooEarly(key) === 0) this.#reconciledAt.delete(key);
  }
}

function logOf(log: Log, key: Key): Log {
  const [namespace = '', ingestion = ''] = key.split('/');
  return log.child({ namespace, ingestion });
}
