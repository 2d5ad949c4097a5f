import type { Clock } from '../engine/work-queue.ts';
import type { LocalView } from './world.ts';

/** Between two notices of numbers alone. */
export const INTERVAL_MILLISECONDS = 250;

/** Tells of changes: at once where a state changed, and four times a second at most where only numbers moved. */
export class ThrottledNotifier {
  readonly #clock: Clock;
  readonly #tell: (view: LocalView) => void;
  #last: LocalView | undefined;
  #states = '';
  #toldAt = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, tell: (view: LocalView) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  offer(view: LocalView): void {
    if (view.ingestion === this.#last?.ingestion) return;
    this.#last = view;
    const states = statesOf(view);
    const wait = this.#toldAt + INTERVAL_MILLISECONDS - this.#clock.now();
    if (states !== this.#states || wait <= 0) this.#now(view, states);
    else this.#cancel ??= this.#clock.after(wait, () => this.#now(this.#last ?? view, states));
  }

  /** No more notices. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #now(view: LocalView, states: string): void {
    this.end();
    this.#states = states;
    this.#toldAt = this.#clock.now();
    this.#tell(view);
  }
}

function statesOf({ ingestion }: LocalView): string {
  const conditions = (ingestion.conditions ?? []).map(({ type, status, reason }) => [type, status, reason]);
  return JSON.stringify([ingestion.phase, ingestion.tables, conditions]);
}
