import type { DecryptionStream } from './decryption-stream.ts';

/** So many of the last bytes are kept: the directory of 150,000 entries. */
const TAIL_BYTES = 16 * 1024 * 1024;

/** A stream's bytes by number, with the last ones of all. */
export class ForwardBytes {
  readonly #stream: Pick<DecryptionStream, 'next'>;
  /** Read from the stream, and not yet taken. */
  #chunk: Buffer = Buffer.alloc(0);
  readonly #last: Buffer[] = [];
  #lastBytes = 0;
  /** Of the next byte. */
  position = 0;

  constructor(stream: Pick<DecryptionStream, 'next'>) {
    this.#stream = stream;
  }

  /** The last bytes that have been read. */
  get tail(): Buffer {
    return Buffer.concat(this.#last);
  }

  /** The next bytes, which stay the next; fewer where there are no more. */
  async peek(count: number): Promise<Buffer> {
    while (this.#chunk.length < count) {
      const more = await this.#readMore();
      if (more === undefined) break;
      this.#chunk = this.#chunk.length === 0 ? more : Buffer.concat([this.#chunk, more]);
    }
    return this.#chunk.subarray(0, count);
  }

  /** The next bytes, copied; fewer where there are no more. */
  async take(count: number): Promise<Buffer> {
    const bytes = Buffer.from(await this.peek(count));
    this.#advance(bytes.length);
    return bytes;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.#chunk.length === 0) {
        const more = await this.#readMore();
        if (more === undefined) return;
        this.#chunk = more;
      }
      const skipped = Math.min(left, this.#chunk.length);
      this.#advance(skipped);
      left -= skipped;
    }
  }

  /** As many of the next bytes as there are at once, which stay the next: so many at least, unless there are no more. */
  async window(count: number): Promise<Buffer> {
    await this.peek(count);
    return this.#chunk;
  }

  #advance(count: number): void {
    this.#chunk = this.#chunk.subarray(count);
    this.position += count;
  }

  async #readMore(): Promise<Buffer | undefined> {
    const more = await this.#stream.next();
    if (more === undefined) return undefined;
    this.#last.push(more);
    this.#lastBytes += more.length;
    for (
      let [first] = this.#last;
      first !== undefined && this.#lastBytes - first.length >= TAIL_BYTES;
      [first] = this.#last
    ) {
      this.#last.shift();
      this.#lastBytes -= first.length;
    }
    return more;
  }
}
