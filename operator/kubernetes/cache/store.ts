import { ownerUid, type KubernetesObject } from '../client/objects.ts';

/** Hears of each object that came, changed or went. */
export type OnChange<T> = (object: T, previous: T | undefined) => void;

/** Of so many objects that are gone the uids are remembered: many more than the answers that may be on their way. */
const REMEMBERED = 1000;

/** The objects of one kind as last heard of, by `namespace/name` and by the uid of their owner. */
export class Store<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #owned = new Map<string, Map<string, T>>();
  /** The version at which an object went, by its uid. */
  readonly #gone = new Map<string, string>();
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
   * False where it is the past: where a newer one is there, since an answer to a write overtakes the watch, or where it is gone since, for
   * the watch overtakes the answer, too.
   */
  put(whole: T): boolean {
    const { uid, resourceVersion } = whole.metadata;
    const previous = this.#objects.get(keyOf(whole));
    const gone = this.#gone.get(uid);
    if (gone !== undefined && !isNewer(whole, gone)) return false;
    if (previous?.metadata.uid === uid && isNewer(previous, resourceVersion)) return false;
    this.set(whole);
    return true;
  }

  /** Whatever was heard before. */
  set(whole: T): void {
    const object = this.#keep(whole);
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    this.#gone.delete(object.metadata.uid);
    if (previous !== undefined) this.#disown(key, previous);
    this.#objects.set(key, object);
    const owner = ownerUid(object);
    if (owner === undefined) return;
    const owned = this.#owned.get(owner) ?? new Map<string, T>();
    this.#owned.set(owner, owned.set(key, object));
  }

  /**
   * It went at this version: it was deleted, or it has lost the label that is watched, and may come back with it. One of the same name made
   * since stays.
   */
  remove(object: T, version = object.metadata.resourceVersion): void {
    const key = keyOf(object);
    this.#bury(object.metadata.uid, version);
    const known = this.#objects.get(key);
    if (known?.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(key);
    this.#disown(key, known);
  }

  #bury(uid: string, version: string): void {
    this.#gone.set(uid, version);
    const [oldest] = this.#gone.keys();
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
