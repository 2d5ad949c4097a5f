import type { BatchOutcome } from './batch.ts';
import { rowsDiffer, type CopyOutcome } from './copy-data.ts';
import { withoutEnd, type LeftOut, type ReadInput, type RejectedRecord } from './left-out.ts';
import { RecordExtents, type Extent } from './record-extents.ts';
import type { RefusedRow } from './refused-row.ts';
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
    const places = placesOfRows(input, first, outcome.refused, extents, lineEnd);
    for (const { begin, end, record, linesBefore, problemOf } of places) {
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

interface Place extends Extent, RefusedRow {
  readonly record: number;
  /** Lines before it in the data. */
  readonly linesBefore: number;
}

/** Where the records of refused rows stand in the input of their batch. `first` is the number of its first record in the file. */
function placesOfRows(
  { bytes, linesBefore, leftOut }: ReadInput,
  first: number,
  refused: readonly RefusedRow[],
  extents: RecordExtents,
  lineEnd: Buffer,
): Place[] {
  const places: Place[] = [];
  if (refused.length === 0) return places;
  let [row, counted, lines] = [-1, 0, linesBefore];
  for (const [index, { begin, end }] of extents.of(bytes).entries()) {
    if (leftOut.has(first + index)) continue;
    row++;
    const wanted = refused[places.length];
    if (wanted?.row !== row) continue;
    lines += countLineEnds(bytes.subarray(counted, begin), lineEnd);
    counted = begin;
    places.push({ ...wanted, begin, end, record: first + index, linesBefore: lines });
  }
  const missing = refused[places.length];
  if (missing !== undefined) throw new Error(`the batch has no row ${missing.row + 1}`);
  return places;
}
