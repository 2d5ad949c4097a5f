import { setImmediate } from 'node:timers/promises';
import type { BatchOutcome } from './batch.ts';
import { BatchChain } from './batch-chain.ts';
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

/** What became of a batch, and the rows of it that are in the table. */
export interface CopiedBatch extends BatchOutcome {
  readonly loaded: () => Buffer;
}

/**
 * Of the file, and how many records it may have, each of which may become a reject. Each batch costs a dozen statements, which take 15 ms where other work
 * keeps the server busy: as much as 5,000 rows.
 */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_RECORDS = 25_000;

/** Rejects that are taken before the connection gets a turn: it takes 1 ms. */
const MAX_TAKEN = 100;

/** What a copy in batches needs beside the data. */
export interface Batches {
  readonly plan: TablePlan;
  /** Leaves out what no reader can read. */
  readonly converter: RowConverter;
  /** The converter's; it keeps what it leaves out. */
  readonly leftOut: LeftOut;
  /** What needs no connection is done at once, while the batch before is copied, and the rest by what is returned. */
  readonly prepare: (batch: Batch) => () => Promise<CopiedBatch>;
  /** Takes the records that cannot be loaded, in the order of the file; true where those in memory should be written before the next batch. */
  readonly take: (reject: RejectedRecord) => boolean;
  /** Writes those that were taken before it is called; others may be taken meanwhile. */
  readonly keep: () => Promise<void>;
  /** Called for each batch after its rejects were taken. */
  readonly onBatch: (records: number, bytes: number, loaded: () => Buffer) => void;
}

/** What was read for a batch. */
interface ReadBatch {
  readonly input: BatchInput;
  readonly rows: readonly Buffer[];
  /** Of the file, up to its end. */
  readonly records: number;
  readonly bytes: number;
}

interface ReadAndCopied extends ReadBatch, CopiedBatch {}

/**
 * Copies the data batch by batch, so that a record that PostgreSQL refuses does not undo the others. It takes longer than a single COPY and is done
 * only after such a one was refused. While a batch is copied, the rejects of the one before it are taken, and the one behind it is read.
 */
export async function copyInBatches(chunks: AsyncIterable<Buffer>, batches: Batches): Promise<CopyOutcome> {
  const { plan, converter } = batches;
  const recordEnds = new RecordEnds(plan.copyColumns.length, plan.format);
  const textRows = new TextRows(plan);
  let [rows, rejected, bytes, isDue] = [0, 0, 0, false];
  const chain = new BatchChain<ReadBatch, ReadAndCopied>({
    prepare: (batch) => {
      const { input } = batch;
      const textOf = (numbers?: readonly number[]) => textRows.of(input.records(recordEnds, numbers));
      const copy = batches.prepare({ rows: Buffer.concat(batch.rows), count: input.count, textOf });
      return async () => ({ ...batch, ...(await copy()) });
    },
    pause: async () => {
      if (!isDue) return;
      isDue = false;
      await batches.keep();
    },
    take: async ({ input, copied, refused, loaded, records, bytes: upTo }) => {
      for (const reject of input.rejects(recordEnds, refused)) {
        if (++rejected % MAX_TAKEN === 0) await setImmediate();
        if (batches.take(reject)) isDue = true;
      }
      rows += copied;
      batches.onBatch(records, upTo, loaded);
    },
  });
  try {
    for await (const batch of readBatches(chunks, batches)) {
      ({ bytes } = batch);
      await chain.next(batch);
    }
    await chain.end();
  } catch (error) {
    // What fails there stands before what cannot be read.
    await chain.abort();
    throw error;
  } finally {
    recordEnds.release();
    textRows.release();
  }
  const records = rows + rejected;
  if (records !== converter.records) throw rowsDiffer(converter.records, records);
  return { rows, records, bytes, warnings: converter.warnings };
}

async function* readBatches(
  chunks: AsyncIterable<Buffer>,
  { plan, converter, leftOut }: Batches,
): AsyncGenerator<ReadBatch> {
  let [input, rows, bytes] = [new BatchInput(plan.format), [] as Buffer[], 0];
  let begin = { records: 0, bytes: 0 };
  const read = (convert: () => Buffer): void => {
    const [first, firstRow] = [converter.records, converter.rows];
    // Reading on takes the memory in which the rows are.
    rows.push(Buffer.from(convert()));
    // Without a record the input is that of the call before.
    if (converter.records > first) input.add(leftOut.input, first, converter.rows - firstRow);
  };
  for await (const chunk of chunks) {
    bytes += chunk.length;
    read(() => converter.convert(chunk, 0));
    if (bytes - begin.bytes < BATCH_BYTES && converter.records - begin.records < BATCH_RECORDS) continue;
    begin = { records: converter.records, bytes };
    const batch = { input, rows, ...begin };
    [input, rows] = [new BatchInput(plan.format), []];
    yield batch;
  }
  read(() => converter.end(0));
  yield { input, rows, records: converter.records, bytes };
}
