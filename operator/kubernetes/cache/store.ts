import { isDeepStrictEqual } from 'node:util';
import { ownerUid, type KubernetesObject } from '../client/objects.ts';

/** Called for each object that was created, changed or deleted. */
export type OnChange<T> = (object: T, previous: T | undefined) => void;

/** How many deleted objects are remembered by uid: many more than there can be outstanding responses. */
const MAX_TOMBSTONES = 1000;

/** The last known objects of one kind, by `namespace/name` and by the uid of their owner. */
export class Store<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #owned = new Map<string, Map<string, T>>();
  /** The resource version at which an object was deleted, by its uid. */
  readonly #tombstones = new Map<string, string>();
  readonly #trim: (object: T) => T;
  /** Of the whole objects, by key; undefined if they are not measured. */
  readonly #sizes: Map<string, number> | undefined;

  /** `trim` returns the parts of an object to keep. */
  constructor(trim: (object: T) => T, { isMeasured = false } = {}) {
    this.#trim = trim;
    this.#sizes = isMeasured ? new Map() : undefined;
  }

  /** The size of the whole objects of each namespace, as JSON. */
  sizes(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const [key, size] of this.#sizes ?? []) {
      const namespace = key.slice(0, key.indexOf('/'));
      sums.set(namespace, (sums.get(namespace) ?? 0) + size);
    }
    return sums;
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
   * Returns false for an outdated object: a newer one is stored, since the response to a write may arrive before older watch events, or it has
   * been deleted since, since a watch event may arrive before an older response.
   */
  put(whole: T): boolean {
    const { uid, resourceVersion } = whole.metadata;
    const previous = this.#objects.get(keyOf(whole));
    const deletedAt = this.#tombstones.get(uid);
    if (deletedAt !== undefined && !isNewer(whole, deletedAt)) return false;
    if (previous?.metadata.uid === uid && isNewer(previous, resourceVersion)) return false;
    this.set(whole);
    return true;
  }

  /** Stores the object even if it is outdated. */
  set(whole: T): void {
    const object = this.#shareOwner(this.#trim(whole));
    const key = keyOf(object);
    this.#sizes?.set(key, JSON.stringify(whole).length);
    const previous = this.#objects.get(key);
    this.#tombstones.delete(object.metadata.uid);
    if (previous !== undefined) this.#removeFromOwner(key, previous);
    this.#objects.set(key, object);
    const owner = ownerUid(object);
    if (owner === undefined) return;
    const owned = this.#owned.get(owner) ?? new Map<string, T>();
    this.#owned.set(owner, owned.set(key, object));
  }

  /**
   * The object was deleted at this version, or it lost the label that is watched and may come back with it. A later object of the same name
   * stays.
   */
  remove(object: T, version = object.metadata.resourceVersion): void {
    const key = keyOf(object);
    this.#addTombstone(object.metadata.uid, version);
    const known = this.#objects.get(key);
    if (known?.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(key);
    this.#sizes?.delete(key);
    this.#removeFromOwner(key, known);
  }

  /** Forgets all that this object owns, which nobody asks for any more. They come back with their next change, or when they are listed again. */
  forgetOwnedBy(uid: string): void {
    for (const [key, object] of this.#owned.get(uid) ?? []) {
      this.#objects.delete(key);
      this.#sizes?.delete(key);
      this.#removeFromOwner(key, object);
    }
  }

  /** Thousands have the same owner, of which one copy suffices. */
  #shareOwner(object: T): T {
    const [sibling] = this.#owned.get(ownerUid(object) ?? '')?.values() ?? [];
    const ownerReferences = sibling?.metadata.ownerReferences;
    if (ownerReferences === undefined || !isDeepStrictEqual(ownerReferences, object.metadata.ownerReferences))
      return object;
    return { ...object, metadata: { ...object.metadata, ownerReferences } };
  }

  #addTombstone(uid: string, version: string): void {
    this.#tombstones.set(uid, version);
    const [oldest] = this.#tombstones.keys();
    if (this.#tombstones.size > MAX_TOMBSTONES && oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #removeFromOwner(key: string, object: T): void {
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

/** Resource versions of one kind are increasing numbers: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export function isNewer({ metadata }: KubernetesObject, resourceVersion: string): boolean {
  return BigInt(metadata.resourceVersion) > BigInt(resourceVersion);
}
