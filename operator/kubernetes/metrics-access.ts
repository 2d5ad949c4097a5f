import { createHash } from 'node:crypto';
import type { Permission } from '../engine/secure-metrics.ts';
import type { KubernetesApi } from './client/api.ts';

interface TokenReview {
  readonly status: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface SubjectAccessReview {
  readonly status: { readonly allowed: boolean };
}

type Requests = Pick<KubernetesApi, 'request'>;

/** A right that was taken away ends within this time. */
const REMEMBERED_MILLISECONDS = 60_000;
const MAX_REMEMBERED = 100;
/** Whoever sends many tokens must not make the operator flood the apiserver. */
const MAX_PENDING = 4;

/**
 * Asks the apiserver who has a token and whether that account may `get` the URL /metrics, as kube-rbac-proxy and controller-runtime do.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-non-resource
 */
export class MetricsAccess {
  readonly #api: Requests;
  readonly #now: () => number;
  /** By the digest of the token, since a token is a secret. The oldest is first. */
  readonly #remembered = new Map<string, { readonly permission: Permission; readonly until: number }>();
  #pending = 0;

  constructor(api: Requests, now: () => number = Date.now) {
    this.#api = api;
    this.#now = now;
  }

  /** Throws if the apiserver cannot be asked, or is being asked about several tokens already. */
  async permissionOf(token: string): Promise<Permission> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(digest);
    if (known !== undefined && known.until > this.#now()) return known.permission;
    if (this.#pending >= MAX_PENDING) throw new Error(`${MAX_PENDING} tokens for /metrics are being checked already`);
    this.#pending++;
    try {
      const permission = await this.#ask(token);
      this.#remembered.delete(digest);
      this.#remembered.set(digest, { permission, until: this.#now() + REMEMBERED_MILLISECONDS });
      const [oldest] = this.#remembered.keys();
      if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
      return permission;
    } finally {
      this.#pending--;
    }
  }

  async #ask(token: string): Promise<Permission> {
    const { status } = await this.#create<TokenReview>('authentication.k8s.io/v1', 'TokenReview', { token });
    const { username: user, ...more } = status.user ?? {};
    if (status.authenticated !== true || user === undefined) return 'Unauthenticated';
    const nonResourceAttributes = { path: '/metrics', verb: 'get' };
    const review = await this.#create<SubjectAccessReview>('authorization.k8s.io/v1', 'SubjectAccessReview', {
      ...{ user, ...more, nonResourceAttributes },
    });
    return review.status.allowed ? 'Allowed' : 'Forbidden';
  }

  async #create<Review>(apiVersion: string, kind: string, spec: object): Promise<Review> {
    const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
    return await this.#api.request<Review>('POST', path, { body: { apiVersion, kind, spec } });
  }
}
