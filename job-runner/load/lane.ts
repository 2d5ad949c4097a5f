import type { Database } from '../database/connection.ts';
import { CopyStream } from './copy.ts';

/** Where a run of lines (or records: what COPY's messages count) of one lane began. Both count from 0. */
interface Stretch {
  readonly inLane: number;
  readonly inFile: number;
}

/** Below this a socket may take bytes without having sent them; they are copied, since the memory they lie in is used again. */
const COPIED_BYTES = 128 * 1024;

/** One COPY stream of a load, with what is needed to tell the DAT file's line from COPY's own. */
export class Lane {
  readonly #copy: CopyStream;
  readonly #stretches: Stretch[] = [{ inLane: 0, inFile: 0 }];
  #lines = 0;
  #waiting = 0;
  #sent: Promise<void> = Promise.resolve();

  constructor(db: Database, statement: string) {
    this.#copy = new CopyStream(db, statement);
  }

  /** Bytes that the connection has not taken yet. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** The lane goes on with the file's line `inFile`, from 0. */
  takeOver(inFile: number): void {
    this.#stretches.push({ inLane: this.#lines, inFile });
  }

  /** Sends bytes with so many line ends; resolves when their memory may be used again. */
  async send(bytes: Buffer, lines: number): Promise<void> {
    this.#lines += lines;
    if (bytes.length === 0) return;
    const chunk = bytes.length < COPIED_BYTES ? Buffer.from(bytes) : bytes;
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
    await this.#sent;
    return await this.#copy.finish();
  }

  async abort(reason: Error): Promise<void> {
    await this.#copy.abort(reason);
  }

  /** The DAT file's line for the lane's, both from 1. */
  fileLineOf(laneLine: number): number {
    const stretch = this.#stretches.findLast(({ inLane }) => inLane < laneLine) ?? { inLane: 0, inFile: 0 };
    return stretch.inFile + (laneLine - stretch.inLane);
  }
}
