import { finished } from 'node:stream/promises';
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams';
import type { Database } from '../database/connection.ts';

/** One running COPY … FROM STDIN. Give it large chunks: each costs two writes to the socket. */
export class CopyStream {
  readonly #stream: CopyStreamQuery;
  readonly #ended: Promise<void>;

  constructor(db: Database, statement: string) {
    this.#stream = db.query(copyFrom(statement));
    this.#ended = finished(this.#stream);
    // It is awaited by `write` and `finish`; until then its failure is not unhandled.
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the connection takes more; rejects with PostgreSQL's error as soon as there is one. */
  async write(chunk: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve, reject) => {
      this.#stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([taken, this.#ended]);
  }

  /** Ends the data; the number of rows that PostgreSQL loaded. */
  async finish(): Promise<number> {
    this.#stream.end();
    await this.#ended;
    return this.#stream.rowCount;
  }

  /** Tells PostgreSQL to give up (CopyFail) and waits until it has, so that the connection can be used again. */
  async abort(reason: Error): Promise<void> {
    this.#stream.destroy(reason);
    await this.#ended.catch(() => undefined);
  }
}
