import { setTimeout as wait } from 'node:timers/promises';
import { backOffDelay } from '../../engine/back-off.ts';
import { ApiError, hasStatus, IdleTimeoutError, type KubernetesApi } from '../client/api.ts';
import { pathOf, type KubernetesObject, type Resource } from '../client/objects.ts';
import { isNewer, keyOf, Store, type OnChange } from './store.ts';

export interface WatchOptions<T> {
  readonly api: KubernetesApi;
  readonly resource: Resource;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly store: Store<T & KubernetesObject>;
  readonly onChange: OnChange<T>;
  /** Called with the error that ended a watch or a list. */
  readonly onError: (error: unknown) => void;
  readonly onRelist?: () => void;
  /** How long a watch may be silent before it is reconnected. */
  readonly idleMilliseconds?: number;
  /** How often everything is listed again, regardless of watch events. */
  readonly resyncMilliseconds?: number;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[];
}

/** A dead connection is noticed within this time, so the operator acts again in less than half a minute. */
const IDLE_MILLISECONDS = 20_000;
const PAGE_SIZE = 500;
const BACK_OFF = { base: 250, cap: 15_000 };

/**
 * Keeps a store in sync with the apiserver.
 * ```
 *            ┌────────── 410 Gone, or time to resync ──────────┐
 *            ▼                                                 │
 *  start ─▶ list ─▶ watch from the list's version ─▶ watch from the last version received ◀─┐
 *                                                              └── ended, cut, or silent ────┘
 * ```
 * If the list for a resync fails, the watch continues. A list with an older version than the last one received comes from an etcd that was
 * restored from a backup; it replaces everything known so far.
 *
 * A quiet watch cannot be told from one whose connection is dead. Reconnecting at the last version costs one request, so a silent watch is
 * reconnected. The event of a line that was cut off is sent again by the next watch.
 */
export class ResourceWatch<T extends KubernetesObject> {
  readonly #options: WatchOptions<T>;
  #version: string | undefined;
  #mustList = true;
  #listedAt = 0;
  #lastContactAt = 0;
  #failures = 0;
  #lastError: string | undefined;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  get isSynced(): boolean {
    return this.#listedAt > 0;
  }

  /** When the apiserver last sent anything. */
  get lastContactAt(): number {
    return this.#lastContactAt;
  }

  /** Why there is no contact with the apiserver; undefined if there is. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#watch(await this.#catchUp(signal), signal);
      } catch (error) {
        // The error is then that of the aborted request.
        if (isAborted(signal)) return;
        await this.#recover(error, signal);
      }
    }
  }

  get #resyncMilliseconds(): number {
    return this.#options.resyncMilliseconds ?? 600_000;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (hasStatus(error, 410)) this.#mustList = true;
    else if (error instanceof IdleTimeoutError && this.#failures === 0) return;
    else this.#options.onError(error);
    this.#lastError = error instanceof Error ? error.message : String(error);
    const delay = backOffDelay(++this.#failures, BACK_OFF);
    await wait(delay * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  }

  /** The version to watch from. */
  async #catchUp(signal: AbortSignal): Promise<string> {
    const known = this.#mustList ? undefined : this.#version;
    if (known !== undefined && performance.now() - this.#listedAt <= this.#resyncMilliseconds) return known;
    try {
      this.#version = await this.#list(signal);
      this.#mustList = false;
      return this.#version;
    } catch (error) {
      if (known === undefined || isAborted(signal)) throw error;
      this.#options.onError(error);
      return known;
    }
  }

  /** Replaces the content of the store. */
  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, namespace } = this.#options;
    const present = new Set<string>();
    let next: string | undefined;
    let version: string;
    do {
      const query = { ...selectorOf(resource), limit: resource.pageSize ?? PAGE_SIZE, continue: next };
      const page = await api.request<List<T>>('GET', pathOf(resource, namespace), { query, signal });
      version = page.metadata.resourceVersion;
      for (const item of page.items ?? []) {
        present.add(keyOf(item));
        if (this.#isBefore(version)) this.#set(item);
        else this.#put(item);
      }
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    this.#removeOthers(present, version);
    this.#listedAt = performance.now();
    this.#recordContact();
    this.#options.onRelist?.();
    return version;
  }

  #removeOthers(present: ReadonlySet<string>, version: string): void {
    const { namespace, store, onChange } = this.#options;
    for (const object of [...store.all()]) {
      const isOurs = namespace === undefined || object.metadata.namespace === namespace;
      // An object created after the list was read is not in it, yet it exists.
      const isLater = isNewer(object, version) && !this.#isBefore(version);
      if (!isOurs || present.has(keyOf(object)) || isLater) continue;
      store.remove(object, version);
      onChange(object, object);
    }
  }

  /** Lists are consistent reads and events arrive in order, so a version only goes back if etcd was restored. */
  #isBefore(version: string): boolean {
    return this.#version !== undefined && BigInt(version) < BigInt(this.#version);
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { api, resource, namespace, idleMilliseconds = IDLE_MILLISECONDS } = this.#options;
    const query = {
      ...selectorOf(resource),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: from,
      timeoutSeconds: 300,
    };
    const start = performance.now();
    const onOpen = () => this.#recordContact();
    for await (const line of api.lines(pathOf(resource, namespace), {
      query,
      signal,
      idleMilliseconds,
      onOpen,
    })) {
      this.#lastContactAt = performance.now();
      this.#apply(JSON.parse(line) as WatchEvent<T>);
    }
    // Prevents a busy loop if the apiserver accepts and closes watches again and again.
    if (performance.now() - start < 1000) throw new Error('the apiserver closed the watch immediately');
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR')
      throw new ApiError(object.code ?? 0, object.reason ?? '', object.message ?? 'the watch failed');
    const { resourceVersion } = object.metadata;
    if (this.#isBefore(resourceVersion))
      throw new ApiError(410, 'Gone', `received version ${resourceVersion} after ${this.#version}`);
    this.#version = resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type !== 'DELETED') {
      this.#put(object);
      return;
    }
    this.#options.store.remove(object);
    this.#options.onChange(object, object);
  }

  #recordContact(): void {
    this.#lastContactAt = performance.now();
    this.#failures = 0;
    this.#lastError = undefined;
  }

  #put(object: T): void {
    const previous = this.#options.store.get(keyOf(object));
    if (this.#options.store.put(object)) this.#options.onChange(object, previous);
  }

  #set(object: T): void {
    const previous = this.#options.store.get(keyOf(object));
    this.#options.store.set(object);
    this.#options.onChange(object, previous);
  }
}

function selectorOf({ label }: Resource): { labelSelector?: string } {
  return label === undefined ? {} : { labelSelector: label };
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
