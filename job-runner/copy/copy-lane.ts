import type { Database } from '../database/connection.ts';
import type { CopyFrame } from './copy-input.ts';
import { CopyStream } from './copy-stream.ts';

/**
 * Consecutive records of the file that went through one lane: where they begin in the lane and in the file. Both count
 * from 0.
 */
interface Span {
  readonly inLane: number;
  readonly inFile: number;
}

/**
 * A socket may report a chunk smaller than this as written and send it later, when its memory is in use again: it is
 * copied.
 */
const SMALL_CHUNK_BYTES = 128 * 1024;

/** One COPY stream of a load, which knows what records of the DAT file it has sent. */
export class CopyLane {
  readonly #db: Database;
  readonly #statement: string;
  readonly #frame: CopyFrame;
  #copy: CopyStream;
  #spans: Span[] = [];
  #records = 0;
  #waiting = 0;
  #sent: Promise<void> = Promise.resolve();

  /** `frame` is what the stream begins and ends with. */
  constructor(db: Database, statement: string, frame: CopyFrame) {
    this.#db = db;
    this.#statement = statement;
    this.#frame = frame;
    this.#copy = this.#start();
  }

  /** Another COPY after one that has finished. */
  begin(): void {
    [this.#spans, this.#records] = [[], 0];
    this.#copy = this.#start();
  }

  #start(): CopyStream {
    const copy = new CopyStream(this.#db, this.#statement);
    this.#sent = this.#frame.header.length > 0 ? copy.write(this.#frame.header) : Promise.resolve();
    // The next send awaits it; until then its failure must not count as unhandled.
    this.#sent.catch(() => undefined);
    return copy;
  }

  /** Bytes that the connection has not accepted yet. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** The lane continues with the file's record `inFile`, from 0. */
  takeOver(inFile: number): void {
    this.#spans.push({ inLane: this.#records, inFile });
  }

  /** Sends bytes in which so many records end; resolves when their memory may be used again. */
  async send(bytes: Buffer, records: number): Promise<void> {
    this.#records += records;
    if (bytes.length === 0) return;
    const chunk = bytes.length < SMALL_CHUNK_BYTES ? Buffer.from(bytes) : bytes;
    this.#waiting += chunk.length;
    const before = this.#sent;
    this.#sent = before.then(() => this.#copy.write(chunk));
    try {
      await this.#sent;
    } finally {
      this.#waiting -= chunk.length;
    }
  }

  async finish(): Promise<number> {
    await this.send(this.#frame.trailer, 0);
    await this.#sent;
    return await this.#copy.finish();
  }

  async abort(reason: Error): Promise<void> {
    await this.#copy.abort(reason);
  }

  /** Which record of the file is the lane's record of this number. Both count from 0. */
  recordAt(inLane: number): number {
    const span = this.#spans.findLast((candidate) => candidate.inLane <= inLane);
    return span === undefined ? inLane : span.inFile + inLane - span.inLane;
  }
}
