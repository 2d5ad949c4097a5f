import { Socket } from 'node:net';
import type { ServerAddress } from './address.ts';

/** After that much silence the other end is asked, by the system and by us: a machine that is gone says nothing. */
export const SILENCE_MILLISECONDS = 60_000;
/** So much is read at a time. */
const READ_BYTES = 64 * 1024;

/**
 * A connection without TLS, which is read into the same memory again and again: a stream has a new buffer for each chunk, and to collect them
 * takes a third of the CPU of reading (0.45 s for 172 MB, and 0.31 so). Whoever reads it as a stream gets copies.
 */
export class PlainSocket extends Socket {
  /** Called with what comes, in place of those who read a stream; the bytes are valid until it returns. */
  onBytes: ((bytes: Buffer) => void) | undefined;

  private constructor() {
    super({
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, memory) => {
          this.#take(Buffer.from(memory.buffer, memory.byteOffset, length));
          return true;
        },
      },
    });
  }

  static connect({ host, port, socketPath }: ServerAddress): PlainSocket {
    const socket = new PlainSocket();
    if (socketPath === undefined) socket.setNoDelay(true).setKeepAlive(true, SILENCE_MILLISECONDS).connect(port, host);
    else socket.connect(socketPath);
    return socket;
  }

  #take(bytes: Buffer): void {
    if (this.onBytes === undefined) this.push(Buffer.from(bytes));
    else this.onBytes(bytes);
  }
}
