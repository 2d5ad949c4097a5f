import type { BatchOutcome } from './batch.ts';
import { BatchInput } from './batch-input.ts';
import { rowsDiffer, type CopyOutcome } from './copy-data.ts';
import type { LeftOut, RejectedRecord } from './left-out.ts';
import { RecordEnds } from './record-ends.ts';
import type { RowConverter } from './row-converter.ts';
import { TextRows } from './text-rows.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** Rows that are copied together. */
export interface Batch {
  /** In the converter's format. */
  readonly rows: Buffer;
  readonly count: number;
  /** Those of these numbers, or all of them, in COPY's text format, whatever the converter's is. */
  readonly textOf: (numbers?: readonly number[]) => Buffer;
}

/**
 * Of the file, and how many records it may have, each of which may become a reject. Each batch costs a dozen statements, which take 15 ms where other work
 * keeps the server busy: as much as 5,000 rows.
 */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_RECORDS = 25_000;

/** What a copy in batches needs beside the data. */
export interface Batches {
  readonly plan: TablePlan;
  /** Leaves out what no reader can read. */
  readonly converter: RowConverter;
  /** The converter's; it keeps what it leaves out. */
  readonly leftOut: LeftOut;
  readonly copyBatch: (batch: Batch) => Promise<BatchOutcome>;
  /** Takes the records that cannot be loaded, in the order of the file; true where those in memory should be written. */
  readonly take: (reject: RejectedRecord) => boolean;
  readonly keep: () => Promise<void>;
  /** Called between two batches. */
  readonly onBatch: (records: number, bytes: number) => void;
}

/** What was read for a batch. */
interface ReadBatch {
  readonly input: BatchInput;
  readonly rows: readonly Buffer[];
  /** Of the file, up to its end. */
  readonly records: number;
  readonly bytes: number;
}

/**
 * Copies the data batch by batch, so that a record that PostgreSQL refuses does not undo the others. It takes longer than a single COPY and is done
 * only after such a one was refused. A batch is read while the one before it is copied.
 */
export async function copyInBatches(chunks: AsyncIterable<Buffer>, batches: Batches): Promise<CopyOutcome> {
  const { plan, converter, leftOut } = batches;
  const recordEnds = new RecordEnds(plan.copyColumns.length, plan.format);
  const textRows = new TextRows(plan);
  let [rows, rejected, bytes] = [0, 0, 0];
  const copy = async (batch: ReadBatch): Promise<void> => {
    const { input } = batch;
    const { copied, refused } = await batches.copyBatch({
      rows: Buffer.concat(batch.rows),
      count: input.count,
      textOf: (numbers) => textRows.of(input.records(recordEnds, numbers)),
    });
    for (const reject of input.rejects(recordEnds, refused)) {
      rejected++;
      if (batches.take(reject)) await batches.keep();
    }
    rows += copied;
    batches.onBatch(batch.records, batch.bytes);
  };
  let copying = Promise.resolve();
  try {
    let next = { input: new BatchInput(plan.format), rows: [] as Buffer[], records: 0, bytes: 0 };
    const read = (convert: () => Buffer): void => {
      const [first, firstRow] = [converter.records, converter.rows];
      // Reading on takes the memory in which the rows are.
      next.rows.push(Buffer.from(convert()));
      // Without a record the input is that of the call before.
      if (converter.records > first) next.input.add(leftOut.input, first, converter.rows - firstRow);
    };
    const copyNext = async (): Promise<void> => {
      const batch = { ...next, records: converter.records, bytes };
      next = { input: new BatchInput(plan.format), rows: [], records: converter.records, bytes };
      await copying;
      copying = copy(batch);
      // It is awaited below; until then its failure must not count as unhandled.
      copying.catch(() => undefined);
    };
    for await (const chunk of chunks) {
      bytes += chunk.length;
      read(() => converter.convert(chunk, 0));
      if (bytes - next.bytes >= BATCH_BYTES || converter.records - next.records >= BATCH_RECORDS) await copyNext();
    }
    read(() => converter.end(0));
    await copyNext();
  } finally {
    // The connection is in use until then; what fails there stands before what cannot be read.
    await copying.finally(() => {
      recordEnds.release();
      textRows.release();
    });
  }
  const records = rows + rejected;
  if (records !== converter.records) throw rowsDiffer(converter.records, records);
  return { rows, records, bytes, warnings: converter.warnings };
}
