/** So much may be in memory before the server has to wait. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** What of a driver's request decides whether it emits rows. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Chunks between a request that emits and a reader that asks: the request is paused while too much waits. */
export class RowStream {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #request: Pausable | undefined;
  #isPaused = false;
  #isEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Whether the request has come to its end, and all chunks are handed on. */
  get isDone(): boolean {
    return this.#isEnded && this.#chunks.length === 0;
  }

  controls(request: Pausable): void {
    this.#request = request;
  }

  push(chunks: readonly Buffer[]): void {
    if (chunks.length === 0) return;
    this.#chunks.push(...chunks);
    this.#bytes += chunks.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes >= MAX_WAITING_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#request?.pause();
    }
    this.#wake?.();
  }

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    this.#isEnded = true;
    this.#error ??= error;
    this.#wake?.();
  }

  /** Of whoever makes chunks of rows: the request is not at its end. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#isPaused = true;
    this.#request?.pause();
    this.#wake?.();
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        yield chunk;
      } else if (this.#isEnded) return;
      else await this.#somethingHappens();
    }
  }

  async #somethingHappens(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#isPaused) {
        this.#isPaused = false;
        this.#request?.resume();
      }
    });
  }
}
