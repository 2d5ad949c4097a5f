/** An exponential back-off, in milliseconds: the first delay, and the longest one. */
export interface BackOff {
  readonly base: number;
  readonly cap: number;
}

/** Of reconciles that fail, and on this machine also between the attempts of a Job. */
export const DEFAULT_BACK_OFF: BackOff = { base: 1000, cap: 60_000 };

/** The delay after this many consecutive failures, counted from 1. */
export function backOffDelay(failures: number, { base, cap }: BackOff): number {
  return Math.min(cap, base * 2 ** Math.min(failures - 1, 52));
}
