import type { Duplex } from 'node:stream';
import { ConnectionLost } from '../source-errors.ts';

/** So much may be in memory before the server has to wait. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** What a socket receives, chunk by chunk, while nobody else reads from it. It says so when the connection is gone, and when it has been silent. */
export class SocketChunks {
  readonly #socket: Duplex;
  readonly #silenceMilliseconds: number;
  readonly #isAlive: () => Promise<boolean>;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #lost: Error | undefined;
  #wake: (() => void) | undefined;

  /** After that much silence `isAlive` is asked whether the server still works for this connection. */
  constructor(socket: Duplex, silenceMilliseconds: number, isAlive: () => Promise<boolean>) {
    this.#socket = socket;
    this.#silenceMilliseconds = silenceMilliseconds;
    this.#isAlive = isAlive;
    socket.on('data', this.#onData);
    socket.on('error', this.#onEnd);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
  }

  /** The next chunk; throws `ConnectionLost`. */
  async next(): Promise<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        if (this.#bytes === 0) this.#socket.resume();
        return chunk;
      }
      if (this.#lost !== undefined) throw this.#lost;
      if ((await this.#somethingHappens()) || (await this.#isAlive())) continue;
      throw new ConnectionLost('the server does not know this connection any more');
    }
  }

  /** Leaves the socket as it was. */
  release(): void {
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onEnd);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    this.#socket.resume();
  }

  /** False after too long a silence. */
  async #somethingHappens(): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#silenceMilliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= MAX_WAITING_BYTES) this.#socket.pause();
    this.#wake?.();
  };

  readonly #onEnd = (error?: unknown): void => {
    this.#lost ??= new ConnectionLost('the connection ended', { cause: error });
    this.#wake?.();
  };
}
