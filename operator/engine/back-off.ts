/** An exponential back-off, in milliseconds: the first delay, and the longest one. */
export interface BackOff {
  readonly base: number;
  readonly cap: number;
}

/** The delay after this many consecutive failures, counted from 1. */
export function backOffDelay(failures: number, { base, cap }: BackOff): number {
  return Math.min(cap, base * 2 ** Math.min(failures - 1, 52));
}
