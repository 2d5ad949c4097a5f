import { backOffDelay, type BackOff } from './back-off.ts';
import { FairKeys } from './fair-keys.ts';

/**
 * A queue of keys. The states of a key and its transitions:
 *
 * ```
 *            add                    a worker is free                 process ended
 *   idle ──────────▶ queued ──────────────────────────▶ processing ───────────────▶ idle
 *    │                 ▲  add: stays queued                 │ add
 *    │ addAfter        │ delay is over                      ▼              process ended
 *    └─────────────▶ delayed                            processing, dirty ───────────────▶ queued
 * ```
 * So a key is never processed twice at the same time, is queued once however often it is added, and an add during processing is not lost.
 * `delayed` is independent of the other states: a timer that adds the key; of several timers the earliest counts. After a process its key
 * cools down for the interval; after a failure for the back-off, which doubles up to a cap until the first success. A key added during its
 * cool-down is delayed to the end of it, so that no event undercuts a back-off. A key that is added as new is queued, too, but starts only
 * while no other one waits: what has begun does not wait for hundreds that begin. Namespaces take turns. After `shutDown` nothing is added or
 * started, and what is being processed runs to its end.
 */
export interface WorkQueueOptions {
  /** Does the work; returns the milliseconds after which to repeat it without an event, or undefined. */
  readonly process: (key: string) => Promise<number | undefined>;
  /** The maximum number of keys processed at the same time. */
  readonly concurrency: number;
  /** The minimum time between two processes of a key, in milliseconds, by default none. Adds in between are combined into one. */
  readonly interval?: number;
  readonly backOff: BackOff;
  readonly clock: Clock;
  /** Called for each failure, with the milliseconds until the retry. */
  readonly onFailure: (key: string, error: unknown, retryAfter: number) => void;
}

export interface Clock {
  /** Milliseconds that only grow, for the time between two moments: a clock that is set back by an hour would make an hour of each second. */
  now(): number;
  /** What the clock on the wall shows, which may be set. */
  date(): Date;
  /** Calls back after the milliseconds; the returned function cancels that. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #queued = new FairKeys();
  readonly #queuedNew = new FairKeys();
  readonly #processing = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, { readonly due: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  /** When the cool-down of a key ends. */
  readonly #coolDowns = new Map<string, number>();
  readonly #onIdle: (() => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys wait for a worker. */
  get depth(): number {
    return this.#queued.size + this.#queuedNew.size;
  }

  add(key: string, { isNew = false } = {}): void {
    if (this.#isShutDown) return;
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    const coolDown = (this.#coolDowns.get(key) ?? 0) - this.#options.clock.now();
    if (coolDown > 0) {
      this.addAfter(key, coolDown);
      return;
    }
    if (!isNew) {
      this.#queuedNew.delete(key);
      this.#queued.add(key);
    } else if (!this.#queued.has(key)) this.#queuedNew.add(key);
    this.#startQueued();
  }

  addAfter(key: string, milliseconds: number): void {
    if (this.#isShutDown) return;
    const due = this.#options.clock.now() + milliseconds;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    earlier?.cancel();
    const cancel = this.#options.clock.after(milliseconds, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** Resolves once everything being processed has ended; what was queued is dropped, for the next leader to pick up. */
  async shutDown(): Promise<void> {
    this.#isShutDown = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#queued.clear();
    this.#queuedNew.clear();
    if (this.#processing.size === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #startQueued(): void {
    for (const keys of [this.#queued, this.#queuedNew]) {
      for (;;) {
        if (this.#processing.size >= this.#options.concurrency) return;
        const key = keys.take();
        if (key === undefined) break;
        this.#processing.add(key);
        void this.#process(key);
      }
    }
  }

  async #process(key: string): Promise<void> {
    const { process, interval = 0 } = this.#options;
    try {
      const repeatAfter = await process(key);
      this.#failures.delete(key);
      this.#coolDown(key, interval);
      if (repeatAfter !== undefined) this.addAfter(key, Math.max(repeatAfter, interval));
    } catch (error) {
      this.#failed(key, error);
    }
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
    this.#startQueued();
    if (this.depth + this.#processing.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #failed(key: string, error: unknown): void {
    const { backOff, interval = 0, onFailure } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = Math.max(interval, backOffDelay(failures, backOff));
    this.#coolDown(key, delay);
    this.addAfter(key, delay);
    onFailure(key, error, delay);
  }

  #coolDown(key: string, milliseconds: number): void {
    const now = this.#options.clock.now();
    for (const [other, end] of this.#coolDowns) if (end <= now) this.#coolDowns.delete(other);
    if (milliseconds > 0) this.#coolDowns.set(key, now + milliseconds);
  }
}
