import type { Database } from '../database/connection.ts';
import type { CopyInput } from './copy-input.ts';
import { CopyStream } from './copy-stream.ts';

/** Where a run of records of one lane began, in the lane and in the file. Both count from 0. */
interface Stretch {
  readonly inLane: number;
  readonly inFile: number;
}

/** Below this a socket may take bytes without having sent them; they are copied, since the memory they lie in is used again. */
const COPIED_BYTES = 128 * 1024;

/** One COPY stream of a load, with what is needed to tell the DAT file's records from the stream's own. */
export class CopyLane {
  readonly #copy: CopyStream;
  readonly #trailer: Buffer;
  readonly #stretches: Stretch[] = [];
  #records = 0;
  #waiting = 0;
  #sent: Promise<void> = Promise.resolve();

  /** `frame` is what the stream begins and ends with. */
  constructor(db: Database, statement: string, { header, trailer }: CopyInput['frame']) {
    this.#copy = new CopyStream(db, statement);
    this.#trailer = trailer;
    if (header.length > 0) this.#sent = this.#copy.write(header);
    // It is awaited before whatever is sent next; until then its failure is not unhandled.
    this.#sent.catch(() => undefined);
  }

  /** Bytes that the connection has not taken yet. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** The lane goes on with the file's record `inFile`, from 0. */
  takeOver(inFile: number): void {
    this.#stretches.push({ inLane: this.#records, inFile });
  }

  /** Sends bytes in which so many records end; resolves when their memory may be used again. */
  async send(bytes: Buffer, records: number): Promise<void> {
    this.#records += records;
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
    await this.send(this.#trailer, 0);
    await this.#sent;
    return await this.#copy.finish();
  }

  async abort(reason: Error): Promise<void> {
    await this.#copy.abort(reason);
  }

  /** Whether the file's record, from 0, went through this lane; what came last goes on without end. */
  has(record: number): boolean {
    const index = this.#stretches.findLastIndex(({ inFile }) => inFile <= record);
    const [stretch, next] = [this.#stretches[index], this.#stretches[index + 1]];
    return stretch !== undefined && (next === undefined || record - stretch.inFile < next.inLane - stretch.inLane);
  }
}
