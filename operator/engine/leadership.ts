import { setTimeout as wait } from 'node:timers/promises';

/** Who may act, of several replicas. */
export interface Lease {
  /** Resolves when this replica may act, or when the signal says to stop. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Keeps it until the signal says to stop; resolves with false where it was lost before. */
  hold(signal: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
}

export interface LeadOptions {
  /** Whether what there is in the cluster is known. */
  readonly isReady: () => boolean;
  /** Undefined: this replica is the only one. */
  readonly lease: Lease | undefined;
  readonly start: () => void;
  /** Begins nothing more; resolves when what is under way has come to its end. */
  readonly stop: () => Promise<void>;
  /** Says to stop. */
  readonly signal: AbortSignal;
  /** How long what is under way may take to its end. */
  readonly drainMilliseconds: number;
}

/** Ended: nothing is under way. Unfinished: its time was over. Lost: another replica may act by now, so that this one must not go on. */
export type End = 'Ended' | 'Unfinished' | 'Lost';

/**
 * Acts while it may.
 * ```
 *  waits for its caches ─▶ waits for the Lease ─▶ acts ──told to stop──▶ ends what is under way ──▶ Ended, Lease given up
 *                                                  │                              ├── time is over ──▶ Unfinished
 *                                                  └────────── Lease lost ────────┴─────────────────▶ Lost
 * ```
 * The Lease is renewed for as long as anything is under way, since another replica acts as soon as it runs out. Of what has not ended it is
 * left to do so.
 */
export async function lead({ isReady, lease, start, stop, signal, drainMilliseconds }: LeadOptions): Promise<End> {
  while (!isReady() && !signal.aborted) await wait(50);
  await lease?.acquire(signal);
  const holding = new AbortController();
  const held = lease === undefined || signal.aborted ? Promise.resolve(true) : lease.hold(holding.signal);
  const drain = async (): Promise<End> => {
    await toldBy(signal);
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

function toldBy(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
