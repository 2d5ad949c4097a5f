import { isUtf8 } from 'node:buffer';
import { shorten, type Location } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { countLineEnds, lineEndOf } from '../dump/line-ends.ts';
import { openTable } from '../dump/open-table.ts';
import type { TableData } from '../dump/table-data.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import { textDecoder } from '../plan/encoded-text.ts';
import { copyEncoding } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { LeftOut, withoutEnd } from './left-out.ts';
import { isRaw, readerColumns } from './reader-columns.ts';
import { RecordEnds } from './record-ends.ts';
import { RecordProblem } from './record-problem.ts';
import { RowConverter } from './row-converter.ts';
import { strayRemark } from './stray-record.ts';

/** As much of a record as is kept for the message, which shortens it further. */
const SHOWN_BYTES = 4096;

export interface FoundRecord {
  readonly location: Pick<Location, 'file' | 'line' | 'record'>;
  /** What it is if it is no record, to be put behind a message. */
  readonly remark: string;
  /** The first column with bytes that PostgreSQL takes for no text of UTF-8: it names the line alone. */
  readonly undecodable: () => string | undefined;
}

/**
 * The line of the DAT file on which a record begins, and the record. The bytes are long gone when PostgreSQL complains, so the file is read
 * again up to there; that happens only once, when the load has failed.
 */
export async function findRecord(task: LoadTask, plan: TablePlan, record: number): Promise<FoundRecord> {
  const dat = await openTable(task);
  try {
    return await locateRecord(dat, plan, record);
  } finally {
    await dat.close();
  }
}

/** The same in an open table. `record` counts from 0; the line is that of the record's own file, where there are several. */
async function locateRecord(dat: TableData, plan: TablePlan, record: number): Promise<FoundRecord> {
  const reader = createReader(plan, new LeftOut(plan.format, dat, () => undefined));
  const headerLines = dat.linesBefore;
  const lineEnd = lineEndOf(plan.format);
  let lines = headerLines;
  let begun: Buffer = Buffer.alloc(0);
  const mayGoOn = (hasDosEnd: boolean) => {
    // The record is the one that does not end with its file.
    if (begun.length > 0) return false;
    lines = headerLines;
    return reader.endFile(hasDosEnd);
  };
  try {
    for await (const chunk of dat.chunks(mayGoOn)) {
      const read = Buffer.concat([begun, chunk]);
      const first = reader.records;
      reader.convert(chunk, 0);
      const isWhole = reader.records > record;
      const begin = isWhole ? beginOf(record - first, read, plan) : read.length - reader.keptBytes;
      lines += countLineEnds(read.subarray(0, begin), lineEnd);
      begun = Buffer.from(read.subarray(begin));
      if (isWhole || (reader.records === record && begun.length > SHOWN_BYTES)) break;
    }
  } finally {
    reader.release();
  }
  if (begun.length === 0) return { location: {}, remark: '', undecodable: () => undefined };
  const length = recordLength(plan, begun) ?? lineLength(plan, begun);
  const shown = withoutEnd(begun.subarray(0, length), plan.format);
  return {
    location: {
      ...(dat.file === undefined ? {} : { file: dat.file }),
      ...{ line: lines + 1, record: spell(shown, plan.format.encoding) },
    },
    remark: strayRemark(shown, plan.format, begun.subarray(length)),
    undecodable: () => undecodableColumn(plan, begun.subarray(0, length)),
  };
}

/** Where the record of this number begins, from 0, which is whole. */
function beginOf(index: number, records: Buffer, { copyColumns, format }: TablePlan): number {
  const recordEnds = new RecordEnds(copyColumns.length, format);
  try {
    return index === 0 ? 0 : (recordEnds.of(records, index).ends.at(-1) ?? 0);
  } finally {
    recordEnds.release();
  }
}

/** As text, and without reading the values. Raw bytes need not be characters. */
function createReader(plan: TablePlan, leftOut?: LeftOut): RowConverter {
  const columns = readerColumns(plan).map((column) =>
    isRaw(column.kind)
      ? { ...column, kind: abi.KIND_RAW, bound: abi.RAW_SETTLED }
      : { ...column, kind: abi.KIND_AS_IS },
  );
  return new RowConverter(columns, plan.format, true, { chunkBytes: CHUNK_BYTES, outputSlots: 1 }, leftOut);
}

function undecodableColumn(plan: TablePlan, record: Buffer): string | undefined {
  if (copyEncoding(plan) !== 'UTF8') return undefined;
  const reader = createReader(plan);
  try {
    // Within values COPY's text has no tab.
    const fields = reader.convert(record.subarray(0, CHUNK_BYTES), 0).toString('latin1').split('\t');
    const isUndecodable = (field: string) => field.includes('\0') || !isUtf8(Buffer.from(field, 'latin1'));
    return plan.copyColumns[fields.findIndex(isUndecodable)];
  } catch (error) {
    if (error instanceof RecordProblem) return undefined;
    throw error;
  } finally {
    reader.release();
  }
}

/** How many bytes the first record has, or undefined where it has no end or cannot be read. */
function recordLength(plan: TablePlan, bytes: Buffer): number | undefined {
  const reader = createReader(plan);
  reader.stopBefore(1);
  try {
    reader.convert(bytes.subarray(0, CHUNK_BYTES), 0);
    return reader.records === 1 ? Math.min(bytes.length, CHUNK_BYTES) - reader.keptBytes : undefined;
  } catch (error) {
    if (error instanceof RecordProblem) return lineLength(plan, bytes);
    throw error;
  } finally {
    reader.release();
  }
}

function lineLength({ format }: TablePlan, bytes: Buffer): number {
  const end = bytes.indexOf(lineEndOf(format));
  return end === -1 ? bytes.length : end;
}

function spell(bytes: Buffer, encoding: string): string {
  const shown = bytes.subarray(0, SHOWN_BYTES);
  const text = textDecoder(encoding)(shown);
  return shorten(text.includes('\ufffd') ? shown.toString('latin1') : text);
}
