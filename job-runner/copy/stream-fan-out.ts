import { CopyFailure } from './copy-failure.ts';
import type { CopyLane } from './copy-lane.ts';

/** How many outputs may be waiting for sockets: one for each lane, and one that is being written. */
export function outputSlotsFor(lanes: number): number {
  return lanes + 1;
}

/** Chooses the lane for each chunk of records: the same one as before unless another has less to send. */
export class StreamFanOut {
  readonly #lanes: readonly CopyLane[];
  /** For each output slot: when its bytes have been sent. */
  readonly #sent: Promise<unknown>[];
  #current: CopyLane;
  #failure: Error | undefined;
  /** Rows of COPYs that have ended. */
  #rows = 0;

  constructor(lanes: readonly CopyLane[]) {
    const [first] = lanes;
    if (first === undefined) throw new Error('a load needs a lane');
    this.#lanes = lanes;
    this.#current = first;
    first.takeOver(0);
    this.#sent = Array.from({ length: outputSlotsFor(lanes.length) }, () => Promise.resolve());
  }

  /** A slot whose bytes have been sent; rejects as soon as a lane failed. */
  async freeSlot(): Promise<number> {
    const slot = await Promise.race(this.#sent.map((sent, index) => sent.then(() => index)));
    if (this.#failure !== undefined) throw this.#failure;
    return slot;
  }

  /** Sends so many whole records, the first of which is the file's `record`, from 0. */
  send(slot: number, bytes: Buffer, record: number, records: number): void {
    const lane = this.#idlest();
    if (lane !== this.#current) lane.takeOver(record);
    this.#current = lane;
    this.#sent[slot] = this.#sendTo(lane, bytes, records);
    this.#sent[slot].catch(() => undefined);
  }

  /** Ends all lanes; the number of rows that PostgreSQL loaded. */
  async finish(): Promise<number> {
    await this.interrupt();
    return this.#rows;
  }

  /** Ends the COPY of each lane, so that its connection can be used for something else. */
  async interrupt(): Promise<void> {
    await Promise.all(this.#sent);
    const rows = await Promise.all(
      this.#lanes.map((lane) =>
        lane.finish().catch((error: unknown) => Promise.reject(new CopyFailure(error as Error, lane))),
      ),
    );
    this.#rows = rows.reduce((sum, count) => sum + count, this.#rows);
  }

  /** Goes on with the file's row of this number, from 0. */
  resume(row: number): void {
    for (const lane of this.#lanes) lane.begin();
    this.#current.takeOver(row);
  }

  async abort(reason: Error): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.abort(reason)));
  }

  async #sendTo(lane: CopyLane, bytes: Buffer, records: number): Promise<void> {
    try {
      await lane.send(bytes, records);
    } catch (error) {
      this.#failure ??= new CopyFailure(error as Error, lane);
      throw this.#failure;
    }
  }

  #idlest(): CopyLane {
    return this.#lanes.reduce((best, lane) => (lane.waitingBytes < best.waitingBytes ? lane : best), this.#current);
  }
}
