import { DataError } from '../../crds/contract/errors.ts';
import type { CopyLane } from './copy-lane.ts';
import type { RowChecksum } from './row-checksum.ts';
import type { RowConverter } from './row-converter.ts';
import { StreamFanOut } from './stream-fan-out.ts';

export interface CopyOutcome {
  /** Those in the table. */
  readonly rows: number;
  /** Those of the file: the rows, and what was left out. */
  readonly records: number;
  readonly bytes: number;
  /** What the user should know of the file, one sentence each. */
  readonly warnings: readonly string[];
}

/** What is done between two chunks while no COPY runs. */
export interface Pause {
  isDue(): boolean;
  run(): Promise<void>;
}

/**
 * Sends the chunks through the lanes, whole records to each, and ends them all. The number of records must be what PostgreSQL says it loaded.
 * `checksum` takes rows of the binary format.
 */
export async function copyData(
  chunks: AsyncIterable<Buffer>,
  converter: RowConverter,
  lanes: readonly CopyLane[],
  onRecords: (records: number, bytes: number) => void,
  { pause, checksum }: { readonly pause?: Pause | undefined; readonly checksum?: RowChecksum | undefined } = {},
): Promise<CopyOutcome> {
  const fanOut = new StreamFanOut(lanes);
  let bytes = 0;
  const send = (slot: number, convert: () => Buffer) => {
    const before = converter.rows;
    const rows = convert();
    checksum?.add(rows);
    fanOut.send(slot, rows, before, converter.rows - before);
  };
  try {
    for await (const chunk of chunks) {
      const slot = await fanOut.freeSlot();
      send(slot, () => converter.convert(chunk, slot));
      bytes += chunk.length;
      onRecords(converter.records, bytes);
      if (pause?.isDue() === true) {
        await fanOut.interrupt();
        await pause.run();
        fanOut.resume(converter.rows);
      }
    }
    const slot = await fanOut.freeSlot();
    send(slot, () => converter.end(slot));
    const rows = await fanOut.finish();
    if (rows !== converter.rows) throw rowsDiffer(converter.rows, rows);
    return { rows, records: converter.records, bytes, warnings: converter.warnings };
  } catch (error) {
    await fanOut.abort(error as Error);
    throw error;
  }
}

export function rowsDiffer(sent: number, rows: number): DataError {
  const message = `${sent} records were sent and PostgreSQL loaded ${rows} of them; nothing was kept: please report this bug`;
  return new DataError('RowsDiffer', message);
}
