import type { Clock } from '../../operator/engine/work-queue.ts';

/** A clock that only the test advances. */
export class TestClock implements Clock {
  #now = 0;
  #timers = new Set<{ due: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#now);
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { due: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  async move(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ due }) => due <= this.#now)) {
      this.#timers.delete(timer);
      timer.callback();
    }
    await settled();
  }
}

/** Lets everything that only waits for promises happen. */
export const settled = async () => await new Promise((resolve) => setImmediate(resolve));
