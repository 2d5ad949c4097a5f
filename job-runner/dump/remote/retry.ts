import { setTimeout as wait } from 'node:timers/promises';
import { TransientError, type Location } from '../../../crds/contract/errors.ts';
import type { ErrorCode } from '../../../crds/contract/error-codes.ts';

/** One attempt failed and the next one may not: the server is busy, or the connection broke. */
export class AttemptFailed extends Error {
  /** What the error is if no attempt succeeds. */
  readonly code: ErrorCode<'Transient'>;
  /** What the server asked for. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(code: ErrorCode<'Transient'>, problem: string, options: AttemptOptions = {}) {
    super(problem, options);
    this.code = code;
    this.retryAfterMilliseconds = options.retryAfterMilliseconds;
  }
}

interface AttemptOptions extends ErrorOptions {
  readonly retryAfterMilliseconds?: number | undefined;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMilliseconds: number;
  readonly maxMilliseconds: number;
}

/** 6 to 13 s in all, by chance, and up to seven minutes more if the server asks for pauses; then the Job itself is retried. */
const RETRY_POLICY: RetryPolicy = { attempts: 8, baseMilliseconds: 100, maxMilliseconds: 20_000 };

/** A server may ask for a longer pause than a Job can make. */
const MAX_RETRY_AFTER = 60_000;

/**
 * How long to wait behind an attempt that failed, counted from 1. Any time from half of the bound up to it is as likely, so that a hundred runners
 * that a busy server refused do not come back together, and a server that is restarted is waited for; `random` is from 0 to 1.
 */
function retryDelay(attempt: number, retryAfter: number | undefined, random: number, policy: RetryPolicy): number {
  const bound = Math.min(policy.maxMilliseconds, policy.baseMilliseconds * 2 ** (attempt - 1));
  return Math.min(MAX_RETRY_AFTER, retryAfter ?? 0) + (bound * (1 + random)) / 2;
}

/** Milliseconds of a Retry-After header: seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** Counts attempts that failed without progress between them. */
export class Retries {
  readonly #policy: RetryPolicy;
  #failed = 0;

  constructor(policy: RetryPolicy = RETRY_POLICY) {
    this.#policy = policy;
  }

  /** Waits before the next attempt, or throws what all of them came to. Any other error than a failed attempt is thrown as it is. */
  async wait(error: unknown, location: Location): Promise<void> {
    if (!(error instanceof AttemptFailed)) throw error;
    this.#failed++;
    if (this.#failed >= this.#policy.attempts) {
      const message = `${error.message}, ${this.#failed} times: it is retried later`;
      throw new TransientError(error.code, message, location, { cause: error });
    }
    await wait(retryDelay(this.#failed, error.retryAfterMilliseconds, Math.random(), this.#policy));
  }

  reset(): void {
    this.#failed = 0;
  }
}

/** Repeats what one attempt does until it succeeds. */
export async function retrying<Result>(
  attempt: () => Promise<Result>,
  location: Location,
  policy?: RetryPolicy,
): Promise<Result> {
  for (const retries = new Retries(policy); ;) {
    try {
      return await attempt();
    } catch (error) {
      await retries.wait(error, location);
    }
  }
}
