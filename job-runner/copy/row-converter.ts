import { describeUndefinedByte, findUndefinedByte, textDecoder } from '../plan/encoded-text.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { EncodingEvidence } from './encoding-evidence.ts';
import { expansionOf, type ReaderColumn } from './reader-columns.ts';
import { describeEndOfData, describeOpenEnd, describeProblem, describeValue } from './record-messages.ts';
import { RecordProblem } from './record-problem.ts';
import { RowMemory, type BufferSizes, type ColumnKind } from './row-memory.ts';
import { readValue } from './values/read-value.ts';
import type { Reading } from './values/reading.ts';

/** A value or a record that only PostgreSQL itself can read, or a record that is too long to be kept: the table needs the text format. */
export class NotForBinary extends Error {}

/** The longest record that may continue in the next chunk. In text the memory grows to the second one. */
const KEPT_RECORD_BYTES = 256 * 1024;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const GROWTH = 4;

/** Values are repeated more often than not; so many are remembered with what they came to. */
const MAX_REMEMBERED = 10_000;

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
  /** By column, each in its encoding. */
  readonly #decoders: readonly ((bytes: Buffer) => string)[];
  readonly #remembered = new Map<string, Reading>();
  /** Memories that were too small and whose outputs may still be waiting for a socket. */
  readonly #outgrown: RowMemory[] = [];
  #memory: RowMemory;
  #recordBytes = KEPT_RECORD_BYTES;
  /** Records that the outgrown memories have counted, and those of them that ended with CRLF. */
  #recordsBefore = 0;
  #carriageReturnsBefore = 0;
  /** Records that had a line end of their own. */
  #endedRecords = 0;
  /** Bytes of a record that is not whole yet, before the input. */
  #kept = 0;
  /** The record of nothing but a line end, where the file has ended but for such and the DOS end of file. */
  #blank: RecordProblem | undefined;
  #zeroDates = 0;
  #stop: number | undefined;

  constructor(columns: readonly ReaderColumn[], format: CopyFormat, isText: boolean, sizes: BufferSizes) {
    this.#columns = columns;
    this.#kinds = columns;
    this.#format = format;
    this.#isText = isText;
    this.#sizes = sizes;
    this.#memory = this.#createMemory();
    this.#decoders = columns.map(({ encoding }) => textDecoder(encoding ?? format.encoding));
    const isOfOneEncoding = columns.every(({ encoding, kind }) => encoding === undefined && kind !== abi.KIND_RAW);
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

  /** Records that were written so far. */
  get records(): number {
    return this.#recordsBefore + (this.#memory.exports.records.value >>> 0);
  }

  get #carriageReturns(): number {
    return this.#carriageReturnsBefore + (this.#memory.exports.carriageReturns.value >>> 0);
  }

  /** What the user should know of the file, one sentence each; to be asked for after `end`. */
  get warnings(): string[] {
    const returns = this.#carriageReturns;
    const mixedEnds = `${returns} of ${this.#endedRecords} records end with CRLF, the others with LF: if the carriage returns are data, set spec.format.recordTerminator to "\\n"`;
    const zeroDates = `${this.#zeroDates} zero dates (0000-00-00) were loaded as NULL: set spec.format.zeroDates to Fail to refuse them, or to Text to keep them`;
    return [
      ...(returns > 0 && returns < this.#endedRecords ? [mixedEnds] : []),
      ...(this.#zeroDates === 0 ? [] : [zeroDates]),
      ...this.#evidence.warnings,
    ];
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
    if (this.#blank !== undefined) {
      if (!isBlank(chunk)) throw this.#blank;
      return NOTHING;
    }
    this.#memory.writeChunk(chunk);
    this.#evidence.take(chunk);
    return this.#convert(chunk.length, slot);
  }

  /** What the last record becomes, if it had no line end. */
  end(slot: number): Buffer {
    this.#endedRecords = this.records;
    const { input, bytes } = this.#memory;
    const kept = bytes.subarray(input - this.#kept, input);
    if (kept.length === 0 || (this.#columns.length > 1 && isBlank(kept))) return NOTHING;
    const lineEnd = Buffer.from(this.#format.recordTerminator || '\n');
    this.#memory.writeChunk(lineEnd);
    const output = this.#convert(lineEnd.length, slot);
    if (this.#kept === 0) return output;
    throw describeOpenEnd(this.records, this.#format);
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
    const end = input + chunkBytes;
    const output = this.#memory.fillSlot(slot, (start, limit) => {
      let out = exports.toRows(input - this.#kept, end, start, limit);
      while (exports.problem.value !== abi.NO_PROBLEM) {
        if (this.#isBlankUntil(end)) break;
        this.#solve();
        out = exports.toRows(exports.consumed.value, end, out, limit);
      }
      return out;
    });
    const consumed = this.#blank === undefined ? exports.consumed.value : end;
    this.#kept = end - consumed;
    if (this.records === this.#stop) return output;
    if (this.#kept > this.#recordBytes) this.#grow(bytes.subarray(consumed, end));
    else bytes.copyWithin(input - this.#kept, consumed, end);
    return output;
  }

  /** Whether the problem is an empty line with which the data ends: what is left of the input is nothing but that. */
  #isBlankUntil(end: number): boolean {
    const { problem, problemColumn, consumed } = this.#memory.exports;
    if (problemColumn.value > 0) return false;
    const isMarked = problem.value === abi.PROBLEM_END_OF_DATA;
    if (problem.value !== abi.PROBLEM_TOO_FEW_FIELDS && !isMarked) return false;
    if (!isBlank(this.#memory.bytes.subarray(consumed.value + (isMarked ? END_OF_DATA_BYTES : 0), end))) return false;
    if (isMarked) {
      this.#blank = describeEndOfData(this.records);
      return true;
    }
    const message = `the line is empty, and more data follows: the table has ${this.#columns.length} columns in the dump. Remove the line, or recreate the dump`;
    this.#blank = new RecordProblem(this.records, 'FieldCount', message);
    return true;
  }

  /** Answers for the value in doubt, so that its record can be written; throws where it cannot. */
  #solve(): void {
    const { problem, problemColumn } = this.#memory.exports;
    const index = problemColumn.value;
    const column = this.#columns[index];
    const refusal = () => describeProblem(problem.value, this.records, index, this.#columns.length, this.#format);
    if (problem.value !== abi.PROBLEM_DOUBT) throw refusal();
    const text = this.#decoders[index]?.(this.#memory.value) ?? '';
    if (text.includes('\ufffd')) this.#refuseUndefinedByte(column);
    if (column?.value === undefined) throw refusal();
    const reading = this.#read(text, index, column.value);
    if (typeof reading === 'object' && 'problem' in reading) throw describeValue(reading, this.records, column);
    const answer = reading === 'AsIs' ? 'AsRead' : reading;
    if (typeof answer === 'object' && answer.instead === null) this.#zeroDates++;
    // In binary only another spelling helps, and once; a text is written as it was read in both.
    if (!this.#isText && column.kind !== abi.KIND_BOUNDED && (answer === 'AsRead' || answer.instead === text))
      throw new NotForBinary(`record ${this.records + 1}, column ${index + 1}`);
    this.#memory.answer(index, answer);
  }

  #refuseUndefinedByte(column: ReaderColumn | undefined): void {
    const encoding = column?.encoding ?? this.#format.encoding;
    const byte = findUndefinedByte(this.#memory.value, encoding);
    if (byte === undefined) return;
    throw new RecordProblem(this.records, 'NotInEncoding', describeUndefinedByte(byte, encoding), column?.planned.name);
  }

  #read(text: string, index: number, column: NonNullable<ReaderColumn['value']>): Reading {
    const key = `${index} ${text}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const reading = readValue(text, column);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, reading);
    return reading;
  }

  /** A record needs more memory. What was put out lies in the old one until it has been sent. */
  #grow(kept: Buffer): void {
    if (!this.#isText) throw new NotForBinary(`record ${this.records + 1} is longer than ${this.#recordBytes} bytes`);
    if (this.#recordBytes >= MAX_RECORD_BYTES) {
      const message = `the record is longer than ${MAX_RECORD_BYTES} bytes: check spec.format.quote, spec.format.escape and the line ends, or recreate the dump`;
      throw new RecordProblem(this.records, 'RecordTooLong', message);
    }
    [this.#recordsBefore, this.#carriageReturnsBefore] = [this.records, this.#carriageReturns];
    this.#kinds = this.#memory.columnsNow(this.#kinds);
    this.#recordBytes *= GROWTH;
    this.#outgrown.push(this.#memory);
    this.#memory = this.#createMemory();
    kept.copy(this.#memory.bytes, this.#memory.input - kept.length);
  }
}

/** Of `\\.`. */
const END_OF_DATA_BYTES = 2;

const NOTHING = Buffer.alloc(0);

/** Line ends and the DOS end of file. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x1a);
}
