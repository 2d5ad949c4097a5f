import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams';
import type { Database } from '../database/connection.ts';

/** One running COPY … FROM STDIN. Give it large chunks: each costs two writes to the socket. */
export class CopyStream {
  readonly #stream: CopyStreamQuery;
  readonly #ended: Promise<void>;
  #error: Error | undefined;

  constructor(db: Database, statement: string) {
    this.#stream = db.query(copyFrom(statement));
    this.#ended = finished(this.#stream);
    this.#ended.catch((error: unknown) => {
      this.#error = error as Error;
    });
  }

  /** Resolves when the connection takes more; rejects with PostgreSQL's error as soon as there is one. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#stream.write(chunk)) return;
    const drained = new AbortController();
    try {
      await Promise.race([once(this.#stream, 'drain', { signal: drained.signal }), this.#ended]);
    } finally {
      drained.abort();
    }
  }

  /** Ends the data; the number of rows that PostgreSQL loaded. */
  async finish(): Promise<number> {
    this.#stream.end();
    await this.#ended;
    return this.#stream.rowCount;
  }

  /** Tells PostgreSQL to give up (CopyFail), so that the connection can be used again, and waits until it has. */
  async abort(reason: Error): Promise<void> {
    if (this.#error !== undefined) return;
    this.#stream.destroy(reason);
    await this.#ended.catch(() => undefined);
  }
}
