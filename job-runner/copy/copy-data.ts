import { DataError } from '../../crds/contract/errors.ts';
import { readCopyContext, type CopyContext } from '../database/copy-context.ts';
import type { CopyInput } from './copy-input.ts';
import type { CopyLane } from './copy-lane.ts';
import type { CopyLaneLine } from './offending-record.ts';

/** A COPY that PostgreSQL refused, with the line of the lane, if it named one. */
export class CopyFailure extends Error {
  readonly line: CopyLaneLine | undefined;
  readonly context: CopyContext | undefined;

  constructor(error: Error, lane: CopyLane) {
    super(error.message, { cause: error });
    this.context = readCopyContext((error as { where?: string }).where);
    this.line = this.context && { lane, number: this.context.line };
  }
}

export interface CopyOutcome {
  readonly rows: number;
  readonly bytes: number;
}

/** How many outputs may be waiting for sockets: one for each lane and one in the making. */
export function regionsFor(lanes: number): number {
  return lanes + 1;
}

/**
 * Sends the chunks through the lanes, whole records to each, and ends them all. The number of records must be what PostgreSQL says it loaded.
 */
export async function copyData(
  chunks: AsyncIterable<Buffer>,
  input: CopyInput,
  lanes: readonly CopyLane[],
  onRows: (rows: number, bytes: number) => void,
): Promise<CopyOutcome> {
  const fan = new Fan(lanes);
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      const region = await fan.freeRegion();
      const before = input.records;
      const { bytes: outgoing, boundary } = input.take(chunk, region);
      bytes += chunk.length;
      fan.send(region, outgoing, boundary, input.records, input.records - before);
      onRows(input.records, bytes);
    }
    const region = await fan.freeRegion();
    const before = input.records;
    const last = input.end(region);
    fan.send(region, last.bytes, last.boundary, input.records, input.records - before);
    const rows = await fan.finish();
    if (rows !== input.records) throw rowsDiffer(input.records, rows);
    return { rows, bytes };
  } catch (error) {
    await fan.abort(error as Error);
    throw error;
  }
}

function rowsDiffer(sent: number, rows: number): DataError {
  const message =
    `${sent} records were sent and PostgreSQL loaded ${rows} of them; nothing was kept. ` +
    'A line with nothing but \\. does that before PostgreSQL 18: it ends the data. So do line ends of CR alone: they must be LF or CRLF';
  return new DataError('RowsDiffer', message);
}

/** Chooses the lane for each record: the same one as before unless another has less to send. */
class Fan {
  readonly #lanes: readonly CopyLane[];
  readonly #regions: Promise<unknown>[];
  #current: CopyLane;
  #failure: Error | undefined;

  constructor(lanes: readonly CopyLane[]) {
    const [first] = lanes;
    if (first === undefined) throw new Error('a load needs a lane');
    this.#lanes = lanes;
    this.#current = first;
    first.takeOver(0);
    this.#regions = Array.from({ length: regionsFor(lanes.length) }, () => Promise.resolve());
  }

  /** A region whose bytes have left; rejects as soon as a lane failed. */
  async freeRegion(): Promise<number> {
    const region = await Promise.race(this.#regions.map((sent, index) => sent.then(() => index)));
    if (this.#failure !== undefined) throw this.#failure;
    return region;
  }

  /** `records` have ended in the file so far, `ended` of them in these bytes. */
  send(region: number, bytes: Buffer, boundary: number, records: number, ended: number): void {
    const next = this.#idlest();
    const parts: Promise<void>[] = [];
    if (next === this.#current || boundary === 0) {
      parts.push(this.#sendTo(this.#current, bytes, ended));
    } else {
      parts.push(this.#sendTo(this.#current, bytes.subarray(0, boundary), ended));
      next.takeOver(records);
      parts.push(this.#sendTo(next, bytes.subarray(boundary), 0));
      this.#current = next;
    }
    this.#regions[region] = Promise.all(parts);
    this.#regions[region].catch(() => undefined);
  }

  async finish(): Promise<number> {
    await Promise.all(this.#regions);
    const rows = await Promise.all(
      this.#lanes.map((lane) =>
        lane.finish().catch((error: unknown) => Promise.reject(new CopyFailure(error as Error, lane))),
      ),
    );
    return rows.reduce((sum, count) => sum + count, 0);
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
