import { isUtf8 as isUtf8Text } from 'node:buffer';
import { describeLastBytes, hasDosEnd } from '../dump/part-end.ts';
import { isUtf8 } from '../plan/encodings.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { blankEnd, isBlank } from './blank-end.ts';
import { DoubtfulValues, NotForBinary } from './doubtful-values.ts';
import { EncodingEvidence } from './encoding-evidence.ts';
import { fileWarnings } from './file-warnings.ts';
import type { LeftOut } from './left-out.ts';
import { expansionOf, type ReaderColumn } from './reader-columns.ts';
import { describeNotUtf8, describeOpenEnd } from './record-messages.ts';
import { RecordProblem } from './record-problem.ts';
import { RowMemory, type BufferSizes, type ColumnKind } from './row-memory.ts';

/** The longest record that may continue in the next chunk. In text the memory grows to the second one. */
const KEPT_RECORD_BYTES = 256 * 1024;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const GROWTH = 4;

/**
 * Turns the records of a DAT file into rows of COPY's binary or text format while they stream. The work is done by WebAssembly,
 * `webassembly/csv/rows.ts`: 0.13 s of CPU for 100 MB in binary, which saves the server 0.6 of 1.4 (docs/benchmarks.md).
 */
export class RowConverter {
  readonly #columns: readonly ReaderColumn[];
  #kinds: readonly ColumnKind[];
  readonly #format: CopyFormat;
  readonly #isText: boolean;
  readonly #sizes: BufferSizes;
  readonly #evidence: EncodingEvidence;
  readonly #values: DoubtfulValues;
  /** Undefined where the first record that cannot be loaded is an error. */
  readonly #leftOut: LeftOut | undefined;
  /** Whether each record that is left out for bytes that are not UTF-8 can be told apart from the others. */
  readonly #checksUtf8: boolean;
  /** Memories that were too small and whose outputs may still be waiting for a socket. */
  readonly #outgrown: RowMemory[] = [];
  #memory: RowMemory;
  #recordBytes = KEPT_RECORD_BYTES;
  /** Records that the outgrown memories have counted, and those of them that ended with CRLF. */
  #recordsBefore = 0;
  #carriageReturnsBefore = 0;
  #withoutOffsetBefore = 0;
  /** Rows whose records had an end of their own. */
  #endedRecords = 0;
  /** Bytes of a record that is not whole yet, before the input. */
  #kept = 0;
  /** The record of nothing but a line end, where the file has ended but for such and the DOS end of file. */
  #blank: RecordProblem | undefined;
  #hasDosEnd = false;
  #stop: number | undefined;

  constructor(
    columns: readonly ReaderColumn[],
    format: CopyFormat,
    isText: boolean,
    sizes: BufferSizes,
    leftOut?: LeftOut,
  ) {
    this.#columns = columns;
    this.#leftOut = leftOut;
    this.#kinds = leftOut ? columns.map((column) => ({ ...column, stopsAtNull: column.isNotNull })) : columns;
    this.#values = new DoubtfulValues(columns, format, isText, leftOut !== undefined);
    this.#format = format;
    this.#isText = isText;
    this.#sizes = sizes;
    this.#memory = this.#createMemory();
    const isOfOneEncoding = columns.every(({ encoding, kind }) => encoding === undefined && kind !== abi.KIND_RAW);
    this.#checksUtf8 = leftOut !== undefined && isOfOneEncoding && isUtf8(format.encoding);
    this.#evidence = new EncodingEvidence(isOfOneEncoding ? format.encoding : undefined, ({ length }) => {
      const { exports, input } = this.#memory;
      return exports.countHighControls(input, input + length);
    });
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    // The first one has the size that the next table takes over; larger ones are left to the garbage collector.
    (this.#outgrown[0] ?? this.#memory).release();
  }

  /** Records that were written so far, each as a row. */
  get rows(): number {
    return this.#recordsBefore + (this.#memory.exports.records.value >>> 0);
  }

  /** Records that were read so far: the rows, and those that were left out. */
  get records(): number {
    return this.rows + (this.#leftOut?.count ?? 0);
  }

  get #carriageReturns(): number {
    return this.#carriageReturnsBefore + (this.#memory.exports.carriageReturns.value >>> 0);
  }

  get #withoutOffset(): number {
    return this.#withoutOffsetBefore + (this.#memory.exports.withoutOffset.value >>> 0);
  }

  /** What the user should know of the file, one sentence each; to be asked for after `end`. */
  get warnings(): string[] {
    const [endedRecords, carriageReturns] = [this.#endedRecords, this.#carriageReturns];
    const seen = { endedRecords, carriageReturns, zeroDates: this.#values.zeroDates, hasDosEnd: this.#hasDosEnd };
    const withoutOffset = this.#columns.some(hasOffset) ? this.#withoutOffset : 0;
    return [...fileWarnings({ ...seen, withoutOffset }), ...this.#evidence.warnings];
  }

  /** The columns whose values were taken for raw bytes, and may as well be hexadecimal digits or base64; to be asked for after `end`. */
  get unclearColumns(): string[] {
    const isOpen = ({ kind, bound }: ColumnKind) =>
      kind === abi.KIND_RAW && (bound & abi.RAW_SEEN) !== 0 && bound !== abi.RAW_SETTLED;
    const open = this.#memory.columnsNow(this.#kinds).map(isOpen);
    return this.#columns.filter((_, index) => open[index]).map(({ planned }) => planned.name);
  }

  /** Bytes of the last chunk, and of what was kept before it, that belong to records that are not written. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** Stops before the record of this number, from 0. */
  stopBefore(record: number): void {
    this.#stop = record;
    this.#memory.exports.setMaxRecords(record - this.#recordsBefore);
  }

  /** What has come to whole records with this chunk. It lies in the slot until the next call with it. */
  convert(chunk: Buffer, slot: number): Buffer {
    if (this.#blank !== undefined && this.#leftOut === undefined) {
      if (!isBlank(chunk)) throw this.#blank;
      return NOTHING;
    }
    this.#blank = undefined;
    this.#memory.writeChunk(chunk);
    this.#evidence.take(chunk);
    return this.#convert(chunk.length, slot);
  }

  /** To be called where a file of the table's ends and another one follows: each has whole records, and may end with empty lines. Reading goes on. */
  readonly endFile = (hasDosEnd: boolean): true => {
    if (this.#kept > 0 && this.#blank === undefined) throw describeOpenEnd(this.records, this.#format);
    const { input } = this.#memory;
    this.#leftOut?.beginAt(input - this.#kept);
    this.#leftOut?.endAt(this.#memory, input);
    this.#hasDosEnd ||= hasDosEnd && this.#blank === undefined;
    [this.#kept, this.#blank] = [0, undefined];
    return true;
  };

  /** What the last record becomes, if it had no line end. */
  end(slot: number): Buffer {
    this.#endedRecords = this.rows;
    const { input, bytes } = this.#memory;
    const kept = bytes.subarray(input - this.#kept, input);
    if (kept.length === 0 || (this.#columns.length > 1 && isBlank(kept))) return NOTHING;
    this.#hasDosEnd ||= hasDosEnd({ isOpen: true, tail: kept });
    const lineEnd = Buffer.from(this.#format.recordTerminator || '\n');
    const message = describeLastBytes(kept, this.#format.recordTerminator);
    if (message !== undefined) throw new RecordProblem(this.records, 'FieldCount', message);
    this.#memory.writeChunk(lineEnd);
    const output = this.#convert(lineEnd.length, slot);
    if (this.#kept === 0 || this.#blank !== undefined) return output;
    const problem = describeOpenEnd(this.records, this.#format);
    const record = bytes.subarray(input - this.#kept, input - lineEnd.length);
    // With an end of a record in it, nobody knows how many records it would be.
    if (this.#leftOut === undefined || record.includes(lineEnd)) throw problem;
    this.#leftOut.leaveOutLast(this.#memory, problem, record);
    return output;
  }

  #createMemory(): RowMemory {
    const expansion = expansionOf(this.#columns, this.#isText);
    const memory = new RowMemory(this.#sizes, { recordBytes: this.#recordBytes, expansion });
    memory.begin(this.#format, this.#kinds, this.#isText);
    if (this.#stop !== undefined) memory.exports.setMaxRecords(this.#stop - this.#recordsBefore);
    return memory;
  }

  #convert(chunkBytes: number, slot: number): Buffer {
    const { exports, input, bytes } = this.#memory;
    const [start, end] = [input - this.#kept, input + chunkBytes];
    this.#leftOut?.beginAt(start);
    const output = this.#memory.fillSlot(slot, (out, limit) =>
      this.#isUtf8Text(start, end)
        ? this.#write(start, end, end, out, limit)
        : this.#writeSingly(start, end, out, limit),
    );
    // What may turn out to be records that are left out is read again.
    const consumed = this.#blank === undefined || this.#leftOut ? exports.consumed.value : end;
    this.#leftOut?.endAt(this.#memory, consumed);
    this.#kept = end - consumed;
    if (this.rows === this.#stop) return output;
    if (this.#kept > this.#recordBytes) this.#grow(bytes.subarray(consumed, end));
    else bytes.copyWithin(input - this.#kept, consumed, end);
    return output;
  }

  /** Writes the records from start to end. What is left of the input ends at `inputEnd`. Returns the end of what was written. */
  #write(start: number, end: number, inputEnd: number, output: number, limit: number): number {
    const { exports } = this.#memory;
    let out = exports.toRows(start, end, output, limit);
    while (exports.problem.value !== abi.NO_PROBLEM) {
      this.#blank = blankEnd(this.#memory, inputEnd, this.records, this.#columns.length);
      if (this.#blank !== undefined || !this.#solve(end)) break;
      out = exports.toRows(exports.consumed.value, end, out, limit);
    }
    return out;
  }

  /** The same, and leaves out each record that is not UTF-8, whose values nobody can read. */
  #writeSingly(start: number, end: number, output: number, limit: number): number {
    const { exports, bytes } = this.#memory;
    let [at, out] = [start, output];
    for (let behind = exports.recordEnd(at, end); behind !== 0; behind = exports.recordEnd(at, end)) {
      if (isUtf8Text(bytes.subarray(at, behind))) {
        out = this.#write(at, behind, end, out, limit);
        if (exports.consumed.value !== behind) break;
      } else {
        // Without output it only sets where the record begins.
        exports.toRows(at, at, out, limit);
        this.#leftOut?.leaveOut(this.#memory, describeNotUtf8(this.records), end);
      }
      at = exports.consumed.value;
    }
    if (at === start) exports.toRows(at, at, out, limit);
    return out;
  }

  /** False where bytes are not UTF-8 and should be. A character that the chunk cuts off stands behind its last line feed. */
  #isUtf8Text(start: number, end: number): boolean {
    if (!this.#checksUtf8) return true;
    const text = this.#memory.bytes.subarray(start, end);
    return isUtf8Text(text.subarray(0, text.lastIndexOf(LINE_FEED) + 1));
  }

  /** Answers for the value in doubt, so that its record can be written, or leaves the record out; false where that one is not whole yet. */
  #solve(end: number): boolean {
    const record = this.records;
    try {
      this.#values.answer(this.#memory, record);
      return true;
    } catch (error) {
      if (!(error instanceof RecordProblem) || this.#leftOut === undefined) throw error;
      this.#values.forget(record);
      return this.#leftOut.leaveOut(this.#memory, error, end);
    }
  }

  /** A record needs more memory. What was put out lies in the old one until it has been sent. */
  #grow(kept: Buffer): void {
    if (!this.#isText) throw new NotForBinary(`record ${this.records + 1} is longer than ${this.#recordBytes} bytes`);
    if (this.#recordBytes >= MAX_RECORD_BYTES) {
      const message = `the record is longer than ${MAX_RECORD_BYTES} bytes: check spec.format.quote, spec.format.escape and the line ends, or recreate the dump`;
      throw new RecordProblem(this.records, 'RecordTooLong', message);
    }
    [this.#recordsBefore, this.#carriageReturnsBefore] = [this.rows, this.#carriageReturns];
    this.#withoutOffsetBefore = this.#withoutOffset;
    this.#kinds = this.#memory.columnsNow(this.#kinds);
    this.#recordBytes *= GROWTH;
    this.#outgrown.push(this.#memory);
    this.#memory = this.#createMemory();
    kept.copy(this.#memory.bytes, this.#memory.input - kept.length);
  }
}

/** Whether the source has an offset for each value: MSSQL's datetimeoffset, and not MySQL's timestamp, which is UTC. */
function hasOffset({ planned }: ReaderColumn): boolean {
  return /offset|\btz\b|timestamptz|with time zone/i.test(planned.sourceType ?? '');
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
