/** Keeps the last bytes of a file while its chunks pass. */
export abstract class FileEnd {
  protected end = Buffer.alloc(0);
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The same chunks, each inspected as it passes. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      const last = Buffer.concat([this.end, chunk.subarray(-this.#maxBytes)]);
      this.end = Buffer.from(last.subarray(-this.#maxBytes));
      yield chunk;
    }
  }

  /** What the user should know of the file, one sentence each; to be asked for after the last chunk. */
  abstract get warnings(): string[];
}
