import { setTimeout as wait } from 'node:timers/promises';
import { hasStatus, type KubernetesApi } from './client/api.ts';
import { pathOf } from './client/objects.ts';
import { LEASES } from './client/resources.ts';
import type { Lease as LeadershipLease } from '../engine/leadership.ts';

export interface LeaderOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  /** How long a Lease is valid without being renewed. */
  readonly leaseSeconds?: number;
  readonly onError: (error: unknown) => void;
}

interface Lease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Another replica takes over after a leader's death within this time and a second or two. */
const LEASE_SECONDS = 10;
/** The parts of the duration for which a leader that cannot renew continues, and after which it and the others try again. */
const HOLD = 0.8;
const RETRY = 0.1;

/**
 * Elects one of several replicas with a Lease, as client-go's leader election does.
 * ```
 *  follower ──Lease free, released or expired──▶ leader ──renewed in time──▶ leader
 *                                                  └── taken by another, or not renewed for 4/5 of its duration ──▶ lost
 * ```
 * The age of a Lease is measured with this machine's clock from when its last change was seen, since clocks of machines differ; by one that nobody
 * sets, since a leader whose clock is set back would count on a Lease that another replica has. A leader that cannot renew gives up before another replica may take over. It renews with one request, so that one which takes seconds is soon enough.
 */
export class Leader implements LeadershipLease {
  readonly #options: LeaderOptions;
  #lastChange: { readonly version: string; readonly seenAt: number } | undefined;
  #renewedAt = 0;
  #isLeader = false;
  /** As the apiserver has it after our last write; undefined if it must be read. */
  #written: Lease | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Resolves once this replica is the leader, or when the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!isAborted(signal)) {
      if (await this.#try(signal)) {
        this.#isLeader = true;
        return;
      }
      await pause(this.#retryMilliseconds, signal);
    }
  }

  /** Renews until the signal aborts; resolves with false if the Lease was lost before. */
  async hold(signal: AbortSignal): Promise<boolean> {
    while (!isAborted(signal)) {
      await pause(this.#retryMilliseconds, signal);
      if (isAborted(signal)) break;
      const left = this.#renewedAt + this.#renewMilliseconds - performance.now();
      const isHeld = left > 0 && (await this.#try(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(left))])));
      if (!isHeld && (this.#isTaken || performance.now() >= this.#renewedAt + this.#renewMilliseconds)) {
        this.#isLeader = false;
        return false;
      }
    }
    return true;
  }

  /** Releases the Lease, so that another replica need not wait for it to expire; if that fails, it has to. */
  async release(): Promise<void> {
    if (!this.#isLeader) return;
    this.#isLeader = false;
    try {
      const lease = await this.#read();
      if (lease?.spec.holderIdentity === this.#options.identity)
        await this.#write(lease, { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 });
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #isTaken = false;

  get #leaseMilliseconds(): number {
    return (this.#options.leaseSeconds ?? LEASE_SECONDS) * 1000;
  }

  /** How long a leader that cannot renew continues. */
  get #renewMilliseconds(): number {
    return Math.floor(this.#leaseMilliseconds * HOLD);
  }

  get #retryMilliseconds(): number {
    return this.#leaseMilliseconds * RETRY * (0.9 + Math.random() * 0.2);
  }

  async #try(signal: AbortSignal): Promise<boolean> {
    const { identity, leaseSeconds = LEASE_SECONDS, onError } = this.#options;
    const begun = performance.now();
    try {
      const lease = this.#written ?? (await this.#read(signal));
      this.#written = undefined;
      const holder = lease?.spec.holderIdentity ?? '';
      const isOurs = holder === identity;
      this.#isTaken = holder !== '' && !isOurs;
      if (lease !== undefined && this.#isTaken && !this.#hasExpired(lease)) return false;
      const time = new Date().toISOString().replace('Z', '000Z');
      const { acquireTime, leaseTransitions = 0 } = lease?.spec ?? {};
      this.#written = await this.#write(
        lease,
        {
          holderIdentity: identity,
          leaseDurationSeconds: leaseSeconds,
          acquireTime: isOurs && acquireTime !== undefined ? acquireTime : time,
          renewTime: time,
          leaseTransitions: isOurs || lease === undefined ? leaseTransitions : leaseTransitions + 1,
        },
        signal,
      );
      this.#isTaken = false;
      this.#renewedAt = begun;
      return true;
    } catch (error) {
      // 409: another replica was faster, which the next attempt finds out.
      if (!hasStatus(error, 409) && !isStopRequested(signal)) onError(error);
      return false;
    }
  }

  #hasExpired({ metadata, spec }: Lease): boolean {
    const version = metadata.resourceVersion ?? '';
    if (this.#lastChange?.version !== version) this.#lastChange = { version, seenAt: performance.now() };
    return performance.now() - this.#lastChange.seenAt > (spec.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
  }

  async #read(signal?: AbortSignal): Promise<Lease | undefined> {
    const { api, namespace, name } = this.#options;
    try {
      const request = { idleMilliseconds: 5000, ...(signal === undefined ? {} : { signal }) };
      return await api.request<Lease>('GET', pathOf(LEASES, namespace, name), request);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async #write(before: Lease | undefined, spec: Lease['spec'], signal?: AbortSignal): Promise<Lease> {
    const { api, namespace, name } = this.#options;
    const kind = { apiVersion: LEASES.group, kind: 'Lease' };
    const request = { idleMilliseconds: 5000, ...(signal === undefined ? {} : { signal }) };
    if (before === undefined)
      return await api.request<Lease>('POST', pathOf(LEASES, namespace), {
        ...request,
        body: { ...kind, metadata: { namespace, name }, spec },
      });
    // With the version that was read, so that a concurrent update fails with 409.
    const body = { ...before, ...kind, spec };
    return await api.request<Lease>('PUT', pathOf(LEASES, namespace, name), { ...request, body });
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** As opposed to a renewal that timed out. */
function isStopRequested({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError');
}
