import { ownerUid, type KubernetesObject } from './objects.ts';

/** Hears of each object that came, changed or went. */
export type OnChange<T> = (object: T, previous: T | undefined) => void;

/** Of so many objects that are gone the uids are remembered: many more than the answers that may be on their way. */
const REMEMBERED = 1000;

/** The objects of one kind as last heard of, by `namespace/name` and by the uid of their owner. */
export class Store<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #owned = new Map<string, Map<string, T>>();
  readonly #gone = new Set<string>();
  readonly #keep: (object: T) => T;

  /** With what is to be kept of each object. */
  constructor(keep: (object: T) => T) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): Iterable<T> {
    return this.#objects.values();
  }

  ownedBy(uid: string): readonly T[] {
    return [...(this.#owned.get(uid)?.values() ?? [])];
  }

  /**
   * False where it is the past: where a newer one is there, since an answer to a write overtakes the watch, or where it is gone for good, since
   * the watch overtakes the answer, too.
   */
  put(whole: T): boolean {
    const key = keyOf(whole);
    const previous = this.#objects.get(key);
    if (this.#gone.has(whole.metadata.uid)) return false;
    const object = this.#keep(whole);
    if (previous?.metadata.uid === object.metadata.uid && isNewer(previous, object.metadata.resourceVersion)) return false;
    if (previous !== undefined) this.#disown(key, previous);
    this.#objects.set(key, object);
    const owner = ownerUid(object);
    if (owner === undefined) return true;
    const owned = this.#owned.get(owner) ?? new Map<string, T>();
    this.#owned.set(owner, owned.set(key, object));
    return true;
  }

  /** What is gone is the object of this uid, which never comes again; one of the same name made since stays. */
  remove(object: T): void {
    const key = keyOf(object);
    this.#bury(object.metadata.uid);
    if (this.#objects.get(key)?.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(key);
    this.#disown(key, object);
  }

  #bury(uid: string): void {
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > REMEMBERED && oldest !== undefined) this.#gone.delete(oldest);
  }

  #disown(key: string, object: T): void {
    const owner = ownerUid(object);
    const owned = owner === undefined ? undefined : this.#owned.get(owner);
    if (owner === undefined || owned === undefined) return;
    owned.delete(key);
    if (owned.size === 0) this.#owned.delete(owner);
  }
}

export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Resource versions of one kind are numbers that grow: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export function isNewer({ metadata }: KubernetesObject, resourceVersion: string): boolean {
  return BigInt(metadata.resourceVersion) > BigInt(resourceVersion);
}
