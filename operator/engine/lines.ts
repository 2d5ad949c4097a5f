const LINE_FEED = 0x0a;

/** A bound on the memory that one line takes, and what becomes of a line with more bytes. */
export interface LineLimit {
  readonly maxBytes: number;
  readonly longLines: 'Drop' | 'Truncate';
}

/** Splits a stream of UTF-8 bytes into lines, wherever the chunks are cut. A line beyond the limit is never held as a whole. */
export class LineSplitter {
  readonly #limit: LineLimit;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(limit: LineLimit) {
    this.#limit = limit;
  }

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      this.#append(chunk.subarray(from, to));
      from = to + 1;
      yield* this.#completeLine();
    }
    this.#append(chunk.subarray(from));
  }

  /** The last line, where the stream does not end with a line feed. */
  *end(): Generator<string> {
    if (this.#bytes > 0) yield* this.#completeLine();
  }

  #append(part: Buffer): void {
    const room = this.#limit.maxBytes - this.#bytes;
    this.#bytes += part.length;
    if (room > 0 && part.length > 0) this.#parts.push(part.length > room ? part.subarray(0, room) : part);
  }

  *#completeLine(): Generator<string> {
    const { maxBytes, longLines } = this.#limit;
    const parts = this.#bytes > maxBytes && longLines === 'Drop' ? undefined : this.#parts;
    [this.#parts, this.#bytes] = [[], 0];
    if (parts !== undefined) yield Buffer.concat(parts).toString();
  }
}
