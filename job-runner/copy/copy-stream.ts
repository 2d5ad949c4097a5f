import { finished } from 'node:stream/promises';
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams';
import type { Database } from '../database/connection.ts';

/** One running COPY … FROM STDIN. It needs large chunks: each costs two writes to the socket. */
export class CopyStream {
  readonly #stream: CopyStreamQuery;
  readonly #ended: Promise<void>;
  /**
   * Once PostgreSQL has refused the COPY, pg-copy-streams has no connection any more, and each of its methods throws.
   */
  #failure: Error | undefined;

  constructor(db: Database, statement: string) {
    this.#stream = db.query(copyFrom(statement));
    this.#stream.once('error', (error) => (this.#failure = error));
    this.#ended = finished(this.#stream);
    // `write` and `finish` await it; until then its failure must not count as unhandled.
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the connection accepts more; rejects with PostgreSQL's error as soon as there is one. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const accepted = new Promise<void>((resolve, reject) => {
      this.#stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([this.#ended, accepted]);
  }

  /** Ends the data; the number of rows that PostgreSQL loaded. */
  async finish(): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stream.end();
    await this.#ended;
    return this.#stream.rowCount;
  }

  /** Cancels the COPY (CopyFail) and waits until PostgreSQL has ended it, so that the connection can be used again. */
  async abort(reason: Error): Promise<void> {
    if (this.#failure === undefined) this.#stream.destroy(reason);
    await this.#ended.catch(() => undefined);
  }
}
