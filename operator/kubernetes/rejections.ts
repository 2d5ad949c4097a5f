import type { Problem } from '../decide/observed.ts';
import type { Key } from '../engine/reconcile.ts';

/** A rejection that is not repeated for this long is forgotten: the rejected object is no longer wanted. */
const REJECTION_MILLISECONDS = 30_000;

/** What the apiserver did not let be created, and why, of each DumpIngestion or schedule: the latest alone. */
export class Rejections {
  readonly #latest = new Map<Key, { readonly what: string; readonly problem: Problem; readonly at: number }>();

  /** The latest rejection as a field of what is observed. */
  observe(key: Key, exists: boolean): { readonly problem?: Problem } {
    const latest = this.#latest.get(key);
    if (latest === undefined) return {};
    if (exists && performance.now() - latest.at <= REJECTION_MILLISECONDS) return { problem: latest.problem };
    this.#latest.delete(key);
    return {};
  }

  /** What was created is no longer rejected, and what else is, stays. Returns whether the problem is a new one, which no status shows yet. */
  remember(key: Key, what: string, problem: Problem | undefined): boolean {
    const before = this.#latest.get(key);
    if (problem === undefined) {
      if (before?.what === what) this.#latest.delete(key);
      return false;
    }
    this.#latest.set(key, { what, problem, at: performance.now() });
    return before === undefined || withoutNames(before.problem) !== withoutNames(problem);
  }
}

/** Hundreds of Jobs that one quota rejects are one problem, and messages name each of them. */
function withoutNames({ message }: Problem): string {
  return message.replaceAll(/"[^"]*"/g, '');
}
