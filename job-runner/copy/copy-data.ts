import { DataError } from '../../crds/contract/errors.ts';
import type { CopyLane } from './copy-lane.ts';
import type { RowConverter } from './row-converter.ts';
import { StreamFanOut } from './stream-fan-out.ts';

export interface CopyOutcome {
  readonly rows: number;
  readonly bytes: number;
  /** What the user should know of the file, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Sends the chunks through the lanes, whole records to each, and ends them all. The number of records must be what PostgreSQL says it loaded.
 */
export async function copyData(
  chunks: AsyncIterable<Buffer>,
  converter: RowConverter,
  lanes: readonly CopyLane[],
  onRows: (rows: number, bytes: number) => void,
): Promise<CopyOutcome> {
  const fanOut = new StreamFanOut(lanes);
  let bytes = 0;
  const send = (slot: number, convert: () => Buffer) => {
    const before = converter.records;
    const rows = convert();
    fanOut.send(slot, rows, before, converter.records - before);
  };
  try {
    for await (const chunk of chunks) {
      const slot = await fanOut.freeSlot();
      send(slot, () => converter.convert(chunk, slot));
      bytes += chunk.length;
      onRows(converter.records, bytes);
    }
    const slot = await fanOut.freeSlot();
    send(slot, () => converter.end(slot));
    const rows = await fanOut.finish();
    if (rows !== converter.records) throw rowsDiffer(converter.records, rows);
    return { rows, bytes, warnings: converter.warnings };
  } catch (error) {
    await fanOut.abort(error as Error);
    throw error;
  }
}

function rowsDiffer(sent: number, rows: number): DataError {
  const message = `${sent} records were sent and PostgreSQL loaded ${rows} of them; nothing was kept: please report this bug`;
  return new DataError('RowsDiffer', message);
}
