import { CHUNK_BYTES } from '../unpacker.ts';
import type { ReadRows } from '../source-data.ts';

/** What is read of one range, by one session. */
export type RangeReading = AsyncGenerator<Buffer, ReadRows>;

/** Returns the reading of the next range, or undefined after the last; called again only when it has returned. */
export type NextReading = (reader: number) => Promise<RangeReading | undefined>;

/** So many may wait in memory, whatever the number of readers: 32 MiB. */
const MAX_WAITING_CHUNKS = 64;
/** Of the first range, whose reader waits for nothing else. */
const MAX_FIRST_CHUNKS = 4;

/** Bytes at the start of a buffer of `CHUNK_BYTES`. */
interface Chunk {
  readonly buffer: Buffer;
  readonly length: number;
}

/** A range that is read, or was. */
interface Range {
  readonly chunks: Chunk[];
  /** Set after its last chunk. */
  rows: number | undefined;
}

/**
 * The rows of ranges that several readers read at the same time, in the order of the ranges: the very bytes that one reader would give. A reader waits
 * while too much is in memory, but that of the first range only while its own chunks are not taken, so that all come to an end.
 */
export class OrderedReadings {
  readonly #next: NextReading;
  readonly #ranges: Range[] = [];
  #waiting = 0;
  /** Buffers of chunks that were taken: new ones would keep the collector busy. */
  readonly #free: Buffer[] = [];
  #found: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #changes: (() => void)[] = [];

  constructor(next: NextReading) {
    this.#next = next;
  }

  /** Chunks are valid until the next. `stop` ends what readers are waiting for; they are waited for before it returns. */
  async *read(readers: number, stop: () => void): AsyncGenerator<Buffer, ReadRows> {
    let rows = 0;
    let working = readers;
    const work = Array.from({ length: readers }, async (_, reader) => {
      try {
        while (await this.#readRange(reader));
      } catch (error) {
        this.#failure ??= error as Error;
      }
      working--;
      this.#changed();
    });
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const [first] = this.#ranges;
        const chunk = first?.chunks.shift();
        if (chunk !== undefined) {
          this.#waiting--;
          this.#changed();
          yield chunk.buffer.subarray(0, chunk.length);
          this.#free.push(chunk.buffer);
        } else if (first?.rows !== undefined) {
          rows += first.rows;
          this.#ranges.shift();
          this.#changed();
        } else if (working === 0) return { rows };
        else await this.#change();
      }
    } finally {
      this.#failure ??= new Error('the reading was given up');
      if (working > 0) stop();
      this.#changed();
      await Promise.all(work);
    }
  }

  /** False after the last range. */
  async #readRange(reader: number): Promise<boolean> {
    const found = this.#found.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      const reading = await this.#next(reader);
      if (reading === undefined) return undefined;
      const range: Range = { chunks: [], rows: undefined };
      this.#ranges.push(range);
      return { reading, range };
    });
    this.#found = found.catch(() => undefined);
    const next = await found;
    if (next === undefined) return false;
    const { reading, range } = next;
    try {
      for (let read = await reading.next(); ; read = await reading.next()) {
        if (read.done === true) {
          range.rows = read.value.rows;
          this.#changed();
          return true;
        }
        range.chunks.push(this.#keep(read.value));
        this.#waiting++;
        this.#changed();
        while (this.#mustWait(range)) await this.#change();
        if (this.#failure !== undefined) throw this.#failure;
      }
    } finally {
      await reading.return({ rows: 0 });
    }
  }

  #keep(bytes: Buffer): Chunk {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafe(CHUNK_BYTES);
    return { buffer, length: bytes.copy(buffer) };
  }

  #mustWait(range: Range): boolean {
    if (this.#failure !== undefined) return false;
    return range === this.#ranges[0] ? range.chunks.length >= MAX_FIRST_CHUNKS : this.#waiting >= MAX_WAITING_CHUNKS;
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#changes.push(resolve));
  }

  #changed(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const wake of changes) wake();
  }
}
