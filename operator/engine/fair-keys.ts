/** Waiting keys. Namespaces take turns, so that one with hundreds of them does not keep the others waiting; within one it is first come, first served. */
export class FairKeys {
  /** The namespace whose turn it is comes first. */
  readonly #namespaces = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    return this.#namespaces.get(namespaceOf(key))?.has(key) === true;
  }

  /** A key that waits already keeps its place. */
  add(key: string): void {
    if (this.has(key)) return;
    const namespace = namespaceOf(key);
    const keys = this.#namespaces.get(namespace) ?? new Set();
    this.#namespaces.set(namespace, keys.add(key));
    this.#size++;
  }

  delete(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.#namespaces.get(namespace);
    if (keys?.delete(key) !== true) return;
    this.#size--;
    if (keys.size === 0) this.#namespaces.delete(namespace);
  }

  /** Takes out the key whose turn it is; undefined if none waits. */
  take(): string | undefined {
    const [turn] = this.#namespaces;
    if (turn === undefined) return undefined;
    const [namespace, keys] = turn;
    const [key] = keys;
    if (key === undefined) throw new Error('a namespace without keys waits');
    this.delete(key);
    if (this.#namespaces.delete(namespace)) this.#namespaces.set(namespace, keys);
    return key;
  }

  clear(): void {
    this.#namespaces.clear();
    this.#size = 0;
  }
}

/** Of `namespace/name`. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
