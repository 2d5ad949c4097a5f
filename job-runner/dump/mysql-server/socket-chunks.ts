import type { Duplex } from 'node:stream';
import { ConnectionLost } from '../source-errors.ts';
import { PlainSocket } from './plain-socket.ts';

/** So much may be in memory before the server has to wait. */
const MAX_WAITING_BYTES = 512 * 1024;
/** What a small table takes. */
const FIRST_BYTES = 16 * 1024;

type Listener = (chunk: Buffer) => void;

/** What a socket receives, while nobody else reads from it. It says so when the connection is gone, and when it has been silent. */
export class SocketChunks {
  readonly #socket: Duplex;
  readonly #silenceMilliseconds: number;
  readonly #isAlive: () => Promise<boolean>;
  /** Who read from the socket before. */
  readonly #listeners: readonly Listener[];
  /** What has come, and the memory of what was handed on before. */
  #coming = Buffer.allocUnsafe(FIRST_BYTES);
  #handedOn = Buffer.allocUnsafe(FIRST_BYTES);
  #bytes = 0;
  #lost: Error | undefined;
  #wake: (() => void) | undefined;

  /** After that much silence `isAlive` is asked whether the server still works for this connection. */
  constructor(socket: Duplex, silenceMilliseconds: number, isAlive: () => Promise<boolean>) {
    this.#socket = socket;
    this.#silenceMilliseconds = silenceMilliseconds;
    this.#isAlive = isAlive;
    this.#listeners = socket.listeners('data') as Listener[];
    for (const listener of this.#listeners) socket.off('data', listener);
    if (socket instanceof PlainSocket) socket.onBytes = this.#onData;
    else socket.on('data', this.#onData);
    socket.on('error', this.#onEnd);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    if (socket.destroyed || socket.readableEnded) this.#onEnd();
  }

  /** All that has come, valid until the next call; throws `ConnectionLost`. */
  async next(): Promise<Buffer> {
    for (;;) {
      if (this.#bytes > 0) return this.#handOn();
      if (this.#lost !== undefined) throw this.#lost;
      if ((await this.#somethingHappens()) || (await this.#isAlive())) continue;
      throw new ConnectionLost('the server does not know this connection any more');
    }
  }

  /** Ends it. Only after a whole answer may those go on who read before. */
  release(mayGoOn: boolean): void {
    if (this.#socket instanceof PlainSocket) this.#socket.onBytes = undefined;
    else this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onEnd);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    if (mayGoOn) for (const listener of this.#listeners) this.#socket.on('data', listener);
    this.#socket.resume();
  }

  #handOn(): Buffer {
    const chunk = this.#coming.subarray(0, this.#bytes);
    [this.#coming, this.#handedOn, this.#bytes] = [this.#handedOn, this.#coming, 0];
    this.#socket.resume();
    return chunk;
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
    const bytes = this.#bytes + chunk.length;
    if (bytes > this.#coming.length) {
      const larger = Buffer.allocUnsafe(2 * bytes);
      this.#coming.copy(larger, 0, 0, this.#bytes);
      this.#coming = larger;
    }
    chunk.copy(this.#coming, this.#bytes);
    this.#bytes = bytes;
    if (bytes >= MAX_WAITING_BYTES) this.#socket.pause();
    this.#wake?.();
  };

  readonly #onEnd = (error?: unknown): void => {
    this.#lost ??= new ConnectionLost('the connection ended', { cause: error });
    this.#wake?.();
  };
}
