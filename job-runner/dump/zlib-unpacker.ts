import { createInflateRaw } from 'node:zlib';
import { CHUNK_BYTES, UnpackFailure, type Unpacker } from './unpacker.ts';

/**
 * Unpacks a deflated entry with Node's own zlib: the reference for the Inflater in tests, and its replacement in an
 * emergency (deflate-unpacker.ts).
 */
export class ZlibUnpacker implements Unpacker {
  readonly buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
  readonly #stream = createInflateRaw({ chunkSize: CHUNK_BYTES });
  #unread: Buffer = Buffer.alloc(0);
  #failure: NodeJS.ErrnoException | undefined;
  /** Called for each change of the stream. */
  #wake: () => void = () => undefined;

  constructor() {
    this.#stream.on('error', (error) => (this.#failure = error));
    for (const event of ['readable', 'end', 'error']) this.#stream.on(event, () => this.#wake());
  }

  take(buffer: 0 | 1, bytes: number, isLast: boolean): void {
    // Where the packed data has ended already, the stream never calls back.
    if (this.#stream.readableEnded) return;
    this.#stream.write(this.buffers[buffer].subarray(0, bytes), () => this.#wake());
    if (isLast) this.#stream.end();
  }

  async next(): Promise<Buffer | undefined> {
    while (this.#unread.length === 0) {
      // What zlib calls Z_BUF_ERROR is input that ends too early: https://www.zlib.net/manual.html
      if (this.#failure !== undefined) throw new UnpackFailure(this.#failure.code === 'Z_BUF_ERROR');
      const read = this.#stream.read() as Buffer | null;
      if (read !== null) this.#unread = read;
      else if (this.#hasUnpackedAll()) return undefined;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const chunk = this.#unread.subarray(0, CHUNK_BYTES);
    this.#unread = this.#unread.subarray(CHUNK_BYTES);
    return chunk;
  }

  #hasUnpackedAll(): boolean {
    const { readableEnded, writableEnded, writableLength } = this.#stream;
    return readableEnded || (!writableEnded && writableLength === 0);
  }

  release(): void {
    this.#stream.destroy();
  }
}
