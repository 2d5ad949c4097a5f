import { isUtf8 as isUtf8Text } from 'node:buffer';
import { describeLastBytes, hasDosEnd } from '../dump/part-end.ts';
import { isUtf8 } from '../plan/encodings.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { blankEnd, isBlank } from './blank-end.ts';
import { findUnclear, warnOfBits, type ReadColumn } from './binary-evidence.ts';
import { DoubtfulValues } from './doubtful-values.ts';
import { EncodingEvidence } from './encoding-evidence.ts';
import { fileWarnings } from './file-warnings.ts';
import { GrowingMemory } from './growing-memory.ts';
import type { LeftOut } from './left-out.ts';
import { expansionOf, hasOffset, isRaw, type ReaderColumn } from './reader-columns.ts';
import { describeNotUtf8, describeOpenEnd } from './record-messages.ts';
import { RecordProblem } from './record-problem.ts';
import type { BufferSizes, RowMemory } from './row-memory.ts';

/**
 * Turns the records of a DAT file into rows of COPY's binary or text format while they stream. The work is done by WebAssembly,
 * `webassembly/csv/rows.ts`: 0.13 s of CPU for 100 MB in binary, which saves the server 0.6 of 1.4 (docs/benchmarks.md).
 */
export class RowConverter {
  readonly #columns: readonly ReaderColumn[];
  readonly #format: CopyFormat;
  /** With which each record ends. */
  readonly #lastByte: number;
  readonly #evidence: EncodingEvidence;
  readonly #values: DoubtfulValues;
  /** Undefined where the first record that cannot be loaded is an error. */
  readonly #leftOut: LeftOut | undefined;
  /** Whether each record that is left out for bytes that are not UTF-8 can be told apart from the others. */
  readonly #checksUtf8: boolean;
  readonly #memories: GrowingMemory;
  /** Rows whose records had an end of their own. */
  #endedRecords = 0;
  /** Bytes of a record that is not whole yet, before the input. */
  #kept = 0;
  /** How many of them have been read, without the end of their record. */
  #readBytes = 0;
  /** The record of nothing but a line end, where the file has ended but for such and the DOS end of file. */
  #blank: RecordProblem | undefined;
  #hasDosEnd = false;

  constructor(
    columns: readonly ReaderColumn[],
    format: CopyFormat,
    isText: boolean,
    sizes: BufferSizes,
    leftOut?: LeftOut,
  ) {
    this.#columns = columns;
    this.#leftOut = leftOut;
    this.#values = new DoubtfulValues(columns, format, isText, leftOut !== undefined);
    this.#format = format;
    this.#lastByte = Buffer.from(format.recordTerminator).at(-1) ?? LINE_FEED;
    const kinds = leftOut ? columns.map((column) => ({ ...column, stopsAtNull: column.isNotNull })) : columns;
    const begin = { format, kinds, isText, expansion: expansionOf(columns, isText) };
    this.#memories = new GrowingMemory(sizes, begin);
    const isOfOneEncoding = columns.every(({ encoding, kind }) => encoding === undefined && !isRaw(kind));
    this.#checksUtf8 = leftOut !== undefined && isOfOneEncoding && isUtf8(format.encoding);
    this.#evidence = new EncodingEvidence(isOfOneEncoding ? format.encoding : undefined, ({ length }) => {
      const { exports, input } = this.#memory;
      return exports.countHighControls(input, input + length);
    });
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    this.#memories.release();
  }

  get #memory(): RowMemory {
    return this.#memories.current;
  }

  /** Records that were written so far, each as a row. */
  get rows(): number {
    return this.#memories.count('records');
  }

  /** Records that were read so far: the rows, and those that were left out. */
  get records(): number {
    return this.rows + (this.#leftOut?.count ?? 0);
  }

  /** What the user should know of the file, one sentence each; to be asked for after `end`. */
  get warnings(): string[] {
    const [endedRecords, carriageReturns] = [this.#endedRecords, this.#memories.count('carriageReturns')];
    const seen = { endedRecords, carriageReturns, zeroDates: this.#values.zeroDates, hasDosEnd: this.#hasDosEnd };
    const withoutOffset = this.#columns.some(hasOffset) ? this.#memories.count('withoutOffset') : 0;
    const foreignEscapes = this.#memories.count('foreignEscapes');
    const ofFile = fileWarnings({ ...seen, withoutOffset, foreignEscapes }, this.#format);
    return [...ofFile, ...warnOfBits(this.#read), ...this.#evidence.warnings];
  }

  /** The column whose values may have been read in the wrong notation; to be asked for after `end`. */
  get unclear(): ReturnType<typeof findUnclear> {
    return findUnclear(this.#read);
  }

  get #read(): readonly ReadColumn[] {
    return this.#memories.columnsNow.map((column, index) => ({
      ...column,
      name: this.#columns[index]?.planned.name ?? '',
    }));
  }

  /** Bytes of the last chunk, and of what was kept before it, that belong to records that are not written. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** Stops before the record of this number, from 0. */
  stopBefore(record: number): void {
    this.#memories.stopBefore(record);
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
    // It may be another memory by now.
    const { bytes: read, input: behind } = this.#memory;
    const record = read.subarray(behind - this.#kept, behind - lineEnd.length);
    // With an end of a record in it, nobody knows how many records it would be.
    if (this.#leftOut === undefined || record.includes(lineEnd)) throw problem;
    this.#leftOut.leaveOutLast(this.#memory, problem, record);
    return output;
  }

  #convert(chunkBytes: number, slot: number): Buffer {
    const { exports, input } = this.#memory;
    const [start, end] = [input - this.#kept, input + chunkBytes];
    this.#leftOut?.beginAt(start);
    const goesOn = this.#goesOn(start, input, end);
    const output = goesOn
      ? NOTHING
      : this.#memory.fillSlot(slot, (out, limit) =>
          this.#isUtf8Text(start, end)
            ? this.#write(start, end, end, out, limit)
            : this.#writeSingly(start, end, out, limit),
        );
    // What may turn out to be records that are left out is read again.
    const read = this.#blank === undefined || this.#leftOut ? exports.consumed.value : end;
    const consumed = goesOn ? start : read;
    this.#leftOut?.endAt(this.#memory, consumed);
    this.#kept = end - consumed;
    if (!goesOn) this.#readBytes = this.#kept;
    if (!this.#memories.isStopped) this.#memories.keep(consumed, end, this.records);
    return output;
  }

  /**
   * Whether the record that is kept cannot end with this chunk, and is read later: to read a record of many chunks again with each of them takes time by
   * the square of its length. Whenever it is twice as long it is read, so that what is wrong with it is found.
   */
  #goesOn(start: number, input: number, end: number): boolean {
    return end - start < 2 * this.#readBytes && !this.#memory.bytes.subarray(input, end).includes(this.#lastByte);
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

  /** False where bytes are not UTF-8 and should be. A character that the chunk cuts off stands behind the last end of a record. */
  #isUtf8Text(start: number, end: number): boolean {
    if (!this.#checksUtf8) return true;
    const text = this.#memory.bytes.subarray(start, end);
    return isUtf8Text(text.subarray(0, text.lastIndexOf(this.#lastByte) + 1));
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
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
