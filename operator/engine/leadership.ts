import { setTimeout as wait } from 'node:timers/promises';

/** Decides which of several replicas may act. */
export interface Lease {
  /** Resolves once this replica holds the Lease, or when the signal aborts. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Renews the Lease until the signal aborts; resolves with false if it was lost before. */
  hold(signal: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
}

export interface LeadershipOptions {
  /** Whether the caches have been filled. */
  readonly isReady: () => boolean;
  /** Undefined if this is the only replica. */
  readonly lease: Lease | undefined;
  readonly start: () => void;
  /** Starts nothing more; resolves once everything in progress has ended. */
  readonly stop: () => Promise<void>;
  /** Aborts when the process should stop. */
  readonly signal: AbortSignal;
  /** How long the work in progress may take to end. */
  readonly drainMilliseconds: number;
}

/** Ended: no work is in progress. Unfinished: the drain time ran out. Lost: another replica may act, so this one must not continue. */
export type LeadershipEnd = 'Ended' | 'Unfinished' | 'Lost';

/**
 * Acts for as long as this replica holds the Lease.
 * ```
 *  waits for its caches ─▶ waits for the Lease ─▶ acts ──signal aborts──▶ drains the work in progress ──▶ Ended, Lease released
 *                                                  │                              ├── drain time is over ──▶ Unfinished
 *                                                  └────────── Lease lost ────────┴───────────────────────▶ Lost
 * ```
 * The Lease is renewed while any work is in progress, since another replica acts as soon as it expires. If the drain does not finish, the
 * Lease is left to expire.
 */
export async function runAsLeader(options: LeadershipOptions): Promise<LeadershipEnd> {
  const { isReady, lease, start, stop, signal, drainMilliseconds } = options;
  while (!isReady() && !signal.aborted) await wait(50);
  await lease?.acquire(signal);
  const holding = new AbortController();
  const held = lease === undefined || signal.aborted ? Promise.resolve(true) : lease.hold(holding.signal);
  const drain = async (): Promise<LeadershipEnd> => {
    await aborted(signal);
    const end = await Promise.race([
      stop().then(() => 'Ended' as const),
      wait(drainMilliseconds, 'Unfinished' as const, { ref: false }),
    ]);
    holding.abort();
    return end;
  };
  if (!signal.aborted) start();
  const end = await Promise.race([drain(), held.then((isHeld) => (isHeld ? forever() : ('Lost' as const)))]);
  if (end === 'Ended' && (await held)) await lease?.release();
  return end;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
