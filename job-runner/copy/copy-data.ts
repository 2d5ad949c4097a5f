import { DataError } from '../../crds/contract/errors.ts';
import type { CopyInput } from './copy-input.ts';
import type { CopyLane } from './copy-lane.ts';
import { StreamFanOut } from './stream-fan-out.ts';

export interface CopyOutcome {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Sends the chunks through the lanes, whole records to each, and ends them all. The number of records must be what
 * PostgreSQL says it loaded.
 */
export async function copyData(
  chunks: AsyncIterable<Buffer>,
  input: CopyInput,
  lanes: readonly CopyLane[],
  onRows: (rows: number, bytes: number) => void,
): Promise<CopyOutcome> {
  const fanOut = new StreamFanOut(lanes);
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      const slot = await fanOut.freeSlot();
      const before = input.records;
      const output = input.take(chunk, slot);
      bytes += chunk.length;
      fanOut.send(slot, output.bytes, output.boundary, input.records, input.records - before);
      onRows(input.records, bytes);
    }
    const slot = await fanOut.freeSlot();
    const before = input.records;
    const last = input.end(slot);
    fanOut.send(slot, last.bytes, last.boundary, input.records, input.records - before);
    const rows = await fanOut.finish();
    if (rows !== input.records) throw rowsDiffer(input.records, rows);
    return { rows, bytes };
  } catch (error) {
    await fanOut.abort(error as Error);
    throw error;
  }
}

function rowsDiffer(sent: number, rows: number): DataError {
  const message =
    `${sent} records were sent and PostgreSQL loaded ${rows} of them; nothing was kept. Before PostgreSQL 18 a line that ` +
    'consists of \\. ends the data: remove it. Line ends must be LF or CRLF, not CR alone';
  return new DataError('RowsDiffer', message);
}
