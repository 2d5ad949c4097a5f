/** The parts of the work on a batch. */
export interface BatchWork<Batch, Copied> {
  /** What can be done before the one before it is copied; what it returns copies the batch. */
  readonly prepare: (batch: Batch) => () => Promise<Copied>;
  /** Before the next batch is copied, while the connection is free. What was copied is taken meanwhile. */
  readonly pause: () => Promise<void>;
  /** What needs no connection. */
  readonly take: (copied: Copied) => Promise<void>;
}

/** Copies one batch after the other. What is copied is taken while the next one is, so that server and runner both have work. */
export class BatchChain<Batch, Copied> {
  readonly #work: BatchWork<Batch, Copied>;
  #copying: Promise<Copied | undefined> = Promise.resolve(undefined);
  #hasFailed = false;

  constructor(work: BatchWork<Batch, Copied>) {
    this.#work = work;
  }

  /** Begins to copy this one as soon as the one before is copied, and takes that. */
  async next(batch: Batch): Promise<void> {
    await this.#advance(() => this.#work.prepare(batch));
  }

  async end(): Promise<void> {
    await this.#advance(() => () => Promise.resolve(undefined));
    await this.#copying;
  }

  /** Of what was read so far; throws where that cannot be copied. */
  async abort(): Promise<void> {
    // The connection is in use until then.
    await (this.#hasFailed ? this.#copying.catch(() => undefined) : this.end());
  }

  async #pauseAndCopy(copy: () => Promise<Copied | undefined>): Promise<Copied | undefined> {
    await this.#work.pause();
    return await copy();
  }

  async #advance(prepare: () => () => Promise<Copied | undefined>): Promise<void> {
    try {
      const copy = prepare();
      const copied = await this.#copying;
      this.#copying = this.#pauseAndCopy(copy);
      // It is awaited by the next call; until then its failure must not count as unhandled.
      this.#copying.catch(() => undefined);
      if (copied !== undefined) await this.#work.take(copied);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}
