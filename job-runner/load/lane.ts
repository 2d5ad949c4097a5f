import type { Database } from '../database/connection.ts';
import { CopyStream } from './copy.ts';

/** Where a run of records of one lane began. */
interface Stretch {
  readonly laneLine: number;
  readonly fileLine: number;
}

/** One COPY stream of a load, with what is needed to tell the DAT file's line from COPY's own. */
export class Lane {
  readonly database: Database;
  readonly #copy: CopyStream;
  readonly #stretches: Stretch[] = [];
  #lines = 0;
  #nextFileLine = 0;
  #ready: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(database: Database, statement: string) {
    this.database = database;
    this.#copy = new CopyStream(database, statement);
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Settles when the last write is through. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Sends whole records (or, where there is one lane alone, any bytes in order). `lines` are the line feeds in them. */
  send(chunk: Uint8Array, fileLine: number, lines: number): void {
    if (fileLine !== this.#nextFileLine) this.#stretches.push({ laneLine: this.#lines, fileLine });
    this.#lines += lines;
    this.#nextFileLine = fileLine + lines;
    this.#isBusy = true;
    this.#ready = this.#copy.write(chunk).finally(() => {
      this.#isBusy = false;
    });
    // It is awaited by whoever asks for `ready` next; until then its failure is not unhandled.
    this.#ready.catch(() => undefined);
  }

  async finish(): Promise<number> {
    await this.#ready;
    return await this.#copy.finish();
  }

  async abort(reason: Error): Promise<void> {
    await this.#copy.abort(reason);
  }

  /** The DAT file's line, from 1, of the lane's line, from 1, as COPY's messages count. */
  fileLineOf(laneLine: number): number {
    const stretch = this.#stretches.findLast((candidate) => candidate.laneLine < laneLine);
    return stretch === undefined ? laneLine : stretch.fileLine + (laneLine - 1 - stretch.laneLine);
  }
}
