import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, hasStatus, SilenceError, type KubernetesApi } from '../client/api.ts';
import { pathOf, type KubernetesObject, type Resource } from '../client/objects.ts';
import { isNewer, keyOf, Store, type OnChange } from './store.ts';

export interface WatchOptions<T> {
  readonly api: KubernetesApi;
  readonly resource: Resource;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly store: Store<T & KubernetesObject>;
  readonly onChange: OnChange<T>;
  /** Hears why a watch ended that should not have. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRelist?: () => void;
  /** How long a watch may be silent before it is taken for dead. */
  readonly silenceMilliseconds?: number;
  /** How often everything is listed anew, whatever was heard. */
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

const PAGE = 500;
const BACK_OFF = { base: 250, cap: 15_000 };

/**
 * Keeps a store like the apiserver's own.
 * ```
 *            ┌────────── 410 Gone, or time to resync ──────────┐
 *            ▼                                                 │
 *  start ─▶ list ─▶ watch from the list's version ─▶ watch from the last version heard of ◀─┐
 *                                                              └── ended, cut, or silent ────┘
 * ```
 * Where the list to resync fails the watch goes on all the same. One with an older version than was heard of is that of an etcd that was
 * restored from a backup: then it counts, whatever was heard before.
 *
 * A watch that is merely quiet is the same as one whose connection died without a word. Going on from the last version costs one request, so
 * silence is not waited out. What a cut line held comes again on the next watch.
 */
export class ResourceWatch<T extends KubernetesObject> {
  readonly #options: WatchOptions<T>;
  #version: string | undefined;
  #mustList = true;
  #listedAt = 0;
  #heardAt = 0;
  #failures = 0;
  #trouble: string | undefined;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  get isSynced(): boolean {
    return this.#listedAt > 0;
  }

  /** When the apiserver was last heard of. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Why it does not hear of the apiserver; undefined where it does. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#watch(await this.#catchUp(signal), signal);
      } catch (error) {
        // The abort of the signal, which is looked at below all awaits.
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
    else if (error instanceof SilenceError && this.#failures === 0) return;
    else this.#options.onTrouble(error);
    this.#trouble = error instanceof Error ? error.message : String(error);
    const delay = Math.min(BACK_OFF.cap, BACK_OFF.base * 2 ** this.#failures++);
    await wait(delay * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  }

  /** The version to watch from. */
  async #catchUp(signal: AbortSignal): Promise<string> {
    const known = this.#mustList ? undefined : this.#version;
    if (known !== undefined && Date.now() - this.#listedAt <= this.#resyncMilliseconds) return known;
    try {
      this.#version = await this.#list(signal);
      this.#mustList = false;
      return this.#version;
    } catch (error) {
      if (known === undefined || isAborted(signal)) throw error;
      this.#options.onTrouble(error);
      return known;
    }
  }

  /** Replaces the store's content by what there is. */
  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, namespace } = this.#options;
    const present = new Set<string>();
    let next: string | undefined;
    let version: string;
    do {
      const query = { ...selectorOf(resource), limit: PAGE, continue: next };
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
    this.#listedAt = Date.now();
    this.#hear();
    this.#options.onRelist?.();
    return version;
  }

  #removeOthers(present: ReadonlySet<string>, version: string): void {
    const { namespace, store, onChange } = this.#options;
    for (const object of [...store.all()]) {
      const isOurs = namespace === undefined || object.metadata.namespace === namespace;
      // What was made while the list was on its way is not in it, and is there all the same.
      const isLater = isNewer(object, version) && !this.#isBefore(version);
      if (!isOurs || present.has(keyOf(object)) || isLater) continue;
      store.remove(object, version);
      onChange(object, object);
    }
  }

  /** Lists are read of etcd as it is now, and events come in order: a version never goes back but with etcd itself. */
  #isBefore(version: string): boolean {
    return this.#version !== undefined && BigInt(version) < BigInt(this.#version);
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { api, resource, namespace, silenceMilliseconds = 30_000 } = this.#options;
    const query = {
      ...selectorOf(resource),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: from,
      timeoutSeconds: 300,
    };
    const began = Date.now();
    const onOpen = () => this.#hear();
    for await (const line of api.lines(pathOf(resource, namespace), {
      query,
      signal,
      idleMilliseconds: silenceMilliseconds,
      onOpen,
    })) {
      this.#heardAt = Date.now();
      this.#apply(JSON.parse(line) as WatchEvent<T>);
    }
    // One that is accepted and closed at once, again and again, must not be a busy loop.
    if (Date.now() - began < 1000) throw new Error('the apiserver closed the watch at once');
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR')
      throw new ApiError(object.code ?? 0, object.reason ?? '', object.message ?? 'the watch failed');
    const { resourceVersion } = object.metadata;
    if (this.#isBefore(resourceVersion))
      throw new ApiError(410, 'Gone', `version ${resourceVersion} came after ${this.#version}`);
    this.#version = resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type !== 'DELETED') {
      this.#put(object);
      return;
    }
    this.#options.store.remove(object);
    this.#options.onChange(object, object);
  }

  #hear(): void {
    this.#heardAt = Date.now();
    this.#failures = 0;
    this.#trouble = undefined;
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
