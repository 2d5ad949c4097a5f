/**
 * A queue of keys. What a key's state is and what moves it:
 *
 * ```
 *            add                    a place is free                 process ended
 *   idle ──────────▶ queued ──────────────────────────▶ processing ───────────────▶ idle
 *    │                 ▲  add: stays queued                 │ add
 *    │ addAfter        │ time is up                         ▼              process ended
 *    └─────────────▶ delayed                            processing, dirty ───────────────▶ queued
 * ```
 * So a key is never processed twice at once, is queued once however often it is added, and what is added while it is processed is not
 * lost. `delayed` goes beside the other states: a timer that adds the key; of several the earliest counts. After a process its key rests
 * for the interval, and after one that failed twice as long each time, up to a cap, until the first success. What is added while it rests is
 * delayed to the end of the rest, so that no event undercuts a back-off. After `shutDown` nothing is added and nothing begun, and what is
 * processing is seen to its end.
 */
export interface WorkQueueOptions {
  /** Does the work; returns after how many milliseconds to do it again by itself, or undefined. */
  readonly process: (key: string) => Promise<number | undefined>;
  /** How many keys at once. */
  readonly concurrency: number;
  /** No key is processed again before so many milliseconds after the last time; what happens meanwhile is seen together. By default none. */
  readonly interval?: number;
  readonly backOff: BackOff;
  readonly clock: Clock;
  /** Hears of each failure and the time until the next try. */
  readonly onFailure: (key: string, error: unknown, retryAfter: number) => void;
}

/** In milliseconds. */
export interface BackOff {
  readonly base: number;
  readonly cap: number;
}

export interface Clock {
  now(): number;
  /** Calls back after the milliseconds; the result takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** How long to wait after so many failures in a row, from 1. */
export function delayAfter(failures: number, { base, cap }: BackOff): number {
  return Math.min(cap, base * 2 ** Math.min(failures - 1, 52));
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #queued = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, { readonly due: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  /** Until when a key rests. */
  readonly #rests = new Map<string, number>();
  readonly #idle: (() => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys wait for a place. */
  get depth(): number {
    return this.#queued.size;
  }

  add(key: string): void {
    if (this.#isShutDown) return;
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    const rest = (this.#rests.get(key) ?? 0) - this.#options.clock.now();
    if (rest > 0) {
      this.addAfter(key, rest);
      return;
    }
    this.#queued.add(key);
    this.#fill();
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

  /** Resolves when all that was processing has come to its end; what was queued is somebody else's from now on. */
  async shutDown(): Promise<void> {
    this.#isShutDown = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#queued.clear();
    if (this.#processing.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #fill(): void {
    for (const key of this.#queued) {
      if (this.#processing.size >= this.#options.concurrency) return;
      this.#queued.delete(key);
      this.#processing.add(key);
      void this.#process(key);
    }
  }

  async #process(key: string): Promise<void> {
    const { process, interval = 0 } = this.#options;
    try {
      const again = await process(key);
      this.#failures.delete(key);
      this.#rest(key, interval);
      if (again !== undefined) this.addAfter(key, Math.max(again, interval));
    } catch (error) {
      this.#failed(key, error);
    }
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
    this.#fill();
    if (this.#queued.size + this.#processing.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #failed(key: string, error: unknown): void {
    const { backOff, interval = 0, onFailure } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = Math.max(interval, delayAfter(failures, backOff));
    this.#rest(key, delay);
    this.addAfter(key, delay);
    onFailure(key, error, delay);
  }

  #rest(key: string, milliseconds: number): void {
    const now = this.#options.clock.now();
    for (const [other, end] of this.#rests) if (end <= now) this.#rests.delete(other);
    if (milliseconds > 0) this.#rests.set(key, now + milliseconds);
  }
}
