import type { BatchOutcome } from './batch.ts';
import { rowsDiffer, type CopyOutcome } from './copy-data.ts';
import { withoutEnd, type LeftOut, type ReadInput, type RejectedRecord } from './left-out.ts';
import { RecordExtents, type Extent } from './record-extents.ts';
import type { RowConverter } from './row-converter.ts';
import { countLineEnds, lineEndOf } from '../dump/line-ends.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** What a copy in batches needs beside the data. */
export interface Batches {
  readonly plan: TablePlan;
  /** Writes COPY's text format, and leaves out what no reader can read. */
  readonly converter: RowConverter;
  /** The converter's; it keeps its input. */
  readonly leftOut: LeftOut;
  /** Copies so many rows of COPY's text format. */
  readonly copyBatch: (rows: Buffer, count: number) => Promise<BatchOutcome>;
  /** Takes the records that PostgreSQL refuses. */
  readonly take: (reject: RejectedRecord) => void;
  /** Called between two batches. */
  readonly onBatch: (records: number, bytes: number) => Promise<void>;
}

/**
 * Copies the data batch by batch, so that a record that PostgreSQL refuses does not undo the others. It takes longer than a single COPY and is done
 * only after such a one was refused.
 */
export async function copyInBatches(chunks: AsyncIterable<Buffer>, batches: Batches): Promise<CopyOutcome> {
  const { plan, converter, leftOut } = batches;
  const extents = new RecordExtents(plan.copyColumns.length, plan.format);
  const lineEnd = lineEndOf(plan.format);
  let [rows, refused, bytes] = [0, 0, 0];
  const copy = async (convert: () => Buffer): Promise<void> => {
    const [first, firstRow] = [converter.records, converter.rows];
    const rowsOfBatch = convert();
    const outcome = await batches.copyBatch(rowsOfBatch, converter.rows - firstRow);
    rows += outcome.copied;
    refused += outcome.refused.length;
    const { input } = leftOut;
    const places = outcome.refused.length === 0 ? [] : placesOfRows(input, first, extents, lineEnd);
    for (const { row, problemOf } of outcome.refused) {
      const place = places[row];
      if (place === undefined) throw new Error(`the batch has no row ${row + 1}`);
      const { begin, end, record, linesBefore } = place;
      const bytesOfRecord = withoutEnd(input.bytes.subarray(begin, end), plan.format);
      batches.take({
        record,
        linesBefore,
        offset: input.offset + begin,
        bytes: bytesOfRecord,
        problem: problemOf(record),
      });
    }
    await batches.onBatch(converter.records, bytes);
  };
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      await copy(() => converter.convert(chunk, 0));
    }
    await copy(() => converter.end(0));
  } finally {
    extents.release();
  }
  const records = rows + refused + leftOut.count;
  if (records !== converter.records) throw rowsDiffer(converter.records, records);
  return { rows, records, bytes, warnings: converter.warnings };
}

interface Place extends Extent {
  readonly record: number;
  /** Lines before it in the data. */
  readonly linesBefore: number;
}

/** Where the records of a batch's rows stand in its input. `first` is the number of its first record in the file. */
function placesOfRows(
  { bytes, linesBefore, leftOut }: ReadInput,
  first: number,
  extents: RecordExtents,
  lineEnd: Buffer,
): Place[] {
  let before = linesBefore;
  const places = extents.of(bytes).map(({ begin, end }, index) => {
    const place = { begin, end, record: first + index, linesBefore: before };
    before += countLineEnds(bytes.subarray(begin, end), lineEnd);
    return place;
  });
  return places.filter(({ record }) => !leftOut.has(record));
}
