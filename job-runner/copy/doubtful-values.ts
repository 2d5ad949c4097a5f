import { isUtf8 as isUtf8Text } from 'node:buffer';
import { bytesOfDecoded, describeUndefinedByte, findUndefinedByte, textDecoder } from '../plan/encoded-text.ts';
import { isUtf8 } from '../plan/encodings.ts';
import { characterMarker } from '../plan/multibyte-text.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import type { ReaderColumn } from './reader-columns.ts';
import { describeNotUtf8, describeProblem, describeTooLong, describeValue } from './record-messages.ts';
import { RecordProblem } from './record-problem.ts';
import type { RowMemory } from './row-memory.ts';
import { readValue } from './values/read-value.ts';
import type { Reading } from './values/reading.ts';
import { refusalOf } from './values/refusal.ts';

/** A value or a record that only PostgreSQL itself can read, or a record that is too long to be kept: the table needs the text format. */
export class NotForBinary extends Error {}

/** Values are repeated more often than not; so many are remembered with what they came to. */
const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 1000;

/** The values that WebAssembly leaves open: what they come to, or why their record cannot be loaded. */
export class DoubtfulValues {
  readonly #columns: readonly ReaderColumn[];
  readonly #format: CopyFormat;
  readonly #isText: boolean;
  /** Whether what PostgreSQL would refuse is refused without asking it. */
  readonly #mayRefuse: boolean;
  /** By column, each in its encoding, with the characters marked that have several bytes. */
  readonly #decoders: readonly ((bytes: Buffer) => string)[];
  readonly #remembered = new Map<string, Reading>();
  #zeroDates = 0;
  /** Those of one record, which may still be left out. */
  #ofRecord = { record: -1, zeroDates: 0 };

  constructor(columns: readonly ReaderColumn[], format: CopyFormat, isText: boolean, mayRefuse: boolean) {
    this.#columns = columns;
    this.#format = format;
    this.#isText = isText;
    this.#mayRefuse = mayRefuse;
    this.#decoders = columns.map(({ encoding = format.encoding }) => {
      const [decode, mark] = [textDecoder(encoding), characterMarker(encoding)];
      return (bytes) => mark(decode(bytes));
    });
  }

  /** Zero dates that became NULL. */
  get zeroDates(): number {
    return this.#zeroDates;
  }

  /** The record is left out, and with it the values that were answered for. */
  forget(record: number): void {
    if (record === this.#ofRecord.record) this.#zeroDates -= this.#ofRecord.zeroDates;
  }

  /** Answers for the value at which the memory has stopped, in the file's record of this number; throws where it cannot. */
  answer(memory: RowMemory, record: number): void {
    const { problem, problemColumn } = memory.exports;
    const index = problemColumn.value;
    const column = this.#columns[index];
    const refusal = () => describeProblem(problem.value, record, index, this.#columns, this.#format);
    if (problem.value !== abi.PROBLEM_DOUBT) throw refusal();
    const text = this.#decoders[index]?.(memory.value) ?? '';
    if (text.includes('\ufffd')) this.#refuseUndefinedByte(memory.value, record, column);
    if (column?.value === undefined) throw refusal();
    const reading = this.#read(text, index, column.value);
    if (typeof reading === 'object' && 'problem' in reading) {
      const shown = textDecoder(column.encoding ?? this.#format.encoding)(memory.value);
      throw describeValue(reading, record, column, shown);
    }
    const answer = reading === 'AsIs' ? 'AsRead' : reading;
    if (typeof answer === 'object' && answer.instead === null) this.#countZeroDate(record);
    // In binary only another spelling helps, and once; a text is written as it was read in both.
    if (!this.#isText && column.kind !== abi.KIND_BOUNDED && (answer === 'AsRead' || answer.instead === text))
      throw new NotForBinary(`record ${record + 1}, column ${index + 1}`);
    const bytes =
      answer === 'AsRead' ? answer : { instead: this.#bytesOf(answer.instead, memory.value, record, column) };
    if (!memory.answer(index, bytes)) throw describeTooLong(record, column);
  }

  /** Of another spelling. A character that was decoded from bytes that are none must not come back as another one. */
  #bytesOf(text: string | null, value: Buffer, record: number, { encoding }: ReaderColumn): Buffer | null {
    if (text === null) return null;
    const own = encoding ?? this.#format.encoding;
    if (text.includes('\ufffd') && isUtf8(own) && !isUtf8Text(value)) throw describeNotUtf8(record);
    return bytesOfDecoded(text, own);
  }

  #countZeroDate(record: number): void {
    if (this.#ofRecord.record !== record) this.#ofRecord = { record, zeroDates: 0 };
    this.#ofRecord.zeroDates++;
    this.#zeroDates++;
  }

  #refuseUndefinedByte(value: Buffer, record: number, column: ReaderColumn | undefined): void {
    const encoding = column?.encoding ?? this.#format.encoding;
    const byte = findUndefinedByte(value, encoding);
    if (byte === undefined) return;
    throw new RecordProblem(record, 'NotInEncoding', describeUndefinedByte(byte, encoding), column?.planned.name);
  }

  #read(text: string, index: number, column: NonNullable<ReaderColumn['value']>): Reading {
    const key = `${index} ${text}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const read = readValue(text, column);
    const isReadable = read !== 'AsIs' && !('instead' in read && read.instead === text);
    const reading = this.#mayRefuse && !isReadable ? (refusalOf(text, column) ?? read) : read;
    if (text.length > MAX_REMEMBERED_LENGTH) return reading;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, reading);
    return reading;
  }
}
