/** Parts of a dump that are kept in memory, so that what is read of it at random needs no stream of its own. */
export class KeptRanges {
  /** By their starts; where one reaches into the next, that one counts. */
  readonly #parts = new Map<number, Buffer>();
  /** In their order, once it is needed. */
  #starts: readonly number[] | undefined;
  #tail: { readonly start: number; readonly bytes: Buffer } = { start: Infinity, bytes: NOTHING };
  #bytes = 0;

  get bytes(): number {
    return this.#bytes + this.#tail.bytes.length;
  }

  add(start: number, bytes: Buffer): void {
    this.#bytes += bytes.length - (this.#parts.get(start)?.length ?? 0);
    this.#parts.set(start, bytes);
    this.#starts = undefined;
  }

  /** Keeps no more than so many bytes of a part. */
  trim(start: number, bytes: number): void {
    const part = this.#parts.get(start);
    if (part !== undefined && part.length > bytes) this.add(start, Buffer.from(part.subarray(0, bytes)));
  }

  /** The dump's end. */
  addTail(start: number, bytes: Buffer): void {
    this.#tail = { start, bytes };
  }

  /** Forgets what of the end lies before this position. */
  trimTail(position: number): void {
    const { start, bytes } = this.#tail;
    if (position > start) this.#tail = { start: position, bytes: Buffer.from(bytes.subarray(position - start)) };
  }

  /** Kept bytes from this position on; none if it is not kept. */
  from(position: number): Buffer {
    const { start, bytes } = this.#tail;
    if (position >= start) return bytes.subarray(position - start);
    this.#starts ??= [...this.#parts.keys()].sort((one, other) => one - other);
    const before = this.#starts[lastNotAfter(this.#starts, position)];
    const part = before === undefined ? undefined : this.#parts.get(before);
    return before === undefined || part === undefined ? NOTHING : part.subarray(position - before);
  }
}

const NOTHING = Buffer.alloc(0);

function lastNotAfter(starts: readonly number[], position: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? Infinity) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
