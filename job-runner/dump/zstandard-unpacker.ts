import { constants, createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { CHUNK_BYTES, UnpackFailure, type Unpacker } from './unpacker.ts';

/** 128 MiB, as the zstd program has it: a frame could ask for gigabytes. */
const MAX_WINDOW_BITS = 27;

/**
 * Unpacks Zstandard by Node's zlib, whose streams end with the first frame: each further one gets a stream of its own.
 * https://www.rfc-editor.org/rfc/rfc8878#section-3
 */
export class ZstandardUnpacker implements Unpacker {
  readonly buffers: readonly [Buffer, Buffer] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  #stream = this.#begin();
  /** What the stream has put out beyond the last chunk: it may put out two pieces at once. */
  #unread: Buffer = Buffer.alloc(0);
  /** Packed bytes that the stream was given, and how many it had read before. */
  #input: Buffer = Buffer.alloc(0);
  #readBefore = 0;
  #isWritten = true;
  #error: NodeJS.ErrnoException | undefined;
  #wake = (): void => undefined;

  take(buffer: 0 | 1, bytes: number): void {
    this.#write(this.buffers[buffer].subarray(0, bytes));
  }

  async next(): Promise<Buffer | undefined> {
    while (this.#unread.length === 0) {
      if (this.#error !== undefined) throw toUnpackFailure(this.#error);
      const read = this.#stream.read() as Buffer | null;
      if (read !== null) {
        this.#unread = read;
        break;
      }
      if (this.#isWritten || this.#stream.readableEnded) {
        const rest = this.#input.subarray(this.#stream.bytesWritten - this.#readBefore);
        if (rest.length === 0) return undefined;
        this.release();
        this.#stream = this.#begin();
        this.#write(rest);
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const chunk = this.#unread.subarray(0, CHUNK_BYTES);
    this.#unread = this.#unread.subarray(CHUNK_BYTES);
    return chunk;
  }

  /** Whether the bytes so far, all of which have been unpacked, end with a frame. */
  async isWhole(): Promise<boolean> {
    const stream = this.#stream;
    if (this.#input.length === 0 || stream.readableEnded) return true;
    return await new Promise((resolve) => {
      stream.once('end', () => resolve(true)).once('error', () => resolve(false));
      // It ends when the rest, which is nothing, has been read: not by resume(), as it has a listener for 'readable'.
      stream.on('readable', () => void stream.read());
      stream.end();
      stream.read();
    });
  }

  release(): void {
    this.#stream.destroy();
  }

  #begin(): ZstdDecompress {
    const params = { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_BITS };
    const stream = createZstdDecompress({ chunkSize: CHUNK_BYTES, params });
    const wake = () => this.#wake();
    stream.on('readable', wake).on('end', wake);
    stream.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    return stream;
  }

  #write(bytes: Buffer): void {
    const stream = this.#stream;
    this.#input = bytes;
    this.#readBefore = stream.bytesWritten;
    this.#isWritten = bytes.length === 0;
    if (this.#isWritten) return;
    stream.write(bytes, () => {
      if (this.#stream !== stream) return;
      this.#isWritten = true;
      this.#wake();
    });
  }
}

function toUnpackFailure({ code }: NodeJS.ErrnoException): Error {
  const isTooLarge = code === 'ZSTD_error_frameParameter_windowTooLarge';
  const remedy = 'it needs a window of more than 128 MiB: pack it without --long and --ultra';
  return new UnpackFailure(false, isTooLarge ? remedy : undefined);
}
