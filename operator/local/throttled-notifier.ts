import type { Clock } from '../engine/work-queue.ts';
import type { LocalView } from './world.ts';

/** The minimum time between two notifications if only numbers changed. */
export const INTERVAL_MILLISECONDS = 250;

/** Notifies of changes: at once if a state changed, and at most four times per second if only numbers did. */
export class ThrottledNotifier {
  readonly #clock: Clock;
  readonly #notify: (view: LocalView) => void;
  #last: LocalView | undefined;
  #states = '';
  #notifiedAt = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, notify: (view: LocalView) => void) {
    this.#clock = clock;
    this.#notify = notify;
  }

  update(view: LocalView): void {
    if (view.ingestion === this.#last?.ingestion) return;
    this.#last = view;
    const states = statesOf(view);
    const wait = this.#notifiedAt + INTERVAL_MILLISECONDS - this.#clock.now();
    if (states !== this.#states || wait <= 0) this.#notifyNow(view, states);
    else this.#cancel ??= this.#clock.after(wait, () => this.#notifyNow(this.#last ?? view, states));
  }

  /** Cancels a pending notification. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #notifyNow(view: LocalView, states: string): void {
    this.end();
    this.#states = states;
    this.#notifiedAt = this.#clock.now();
    this.#notify(view);
  }
}

function statesOf({ ingestion }: LocalView): string {
  const conditions = (ingestion.conditions ?? []).map(({ type, status, reason }) => [type, status, reason]);
  return JSON.stringify([ingestion.phase, ingestion.tables, conditions]);
}
