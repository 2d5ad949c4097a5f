import { countLineEnds, lineEndOf } from '../dump/line-ends.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import type { RecordProblem } from './record-problem.ts';
import type { RowMemory } from './row-memory.ts';

const LINE_FEED = 0x0a;
const LINE_ENDS = ['\r\n', '\n'].map((end) => Buffer.from(end));

/** A record that cannot be loaded, as it stands in the data behind the header. */
export interface RejectedRecord {
  /** Among all records of the file, from 0. */
  readonly record: number;
  /** Lines before it. */
  readonly linesBefore: number;
  /** Bytes before it. */
  readonly offset: number;
  /** The record without its end. */
  readonly bytes: Buffer;
  readonly problem: RecordProblem;
}

/** What one call of the reader has read. */
export interface ReadInput {
  /** Whole records, those that were left out among them. */
  readonly bytes: Buffer;
  readonly offset: number;
  readonly linesBefore: number;
  /** The numbers of the records that were left out. */
  readonly leftOut: ReadonlySet<number>;
}

/** The records of a file that are left out, and where they stand in it. */
export class LeftOut {
  readonly #take: (reject: RejectedRecord) => void;
  readonly #format: Pick<CopyFormat, 'recordTerminator'>;
  readonly #keepsInput: boolean;
  #count = 0;
  #offset = 0;
  #linesBefore = 0;
  /** The address up to which the memory's bytes have been counted. */
  #counted = 0;
  #begin = { address: 0, offset: 0, linesBefore: 0 };
  #recent = new Set<number>();
  #input: Buffer = Buffer.alloc(0);

  /** `take` throws where they are too many. */
  constructor(
    take: (reject: RejectedRecord) => void,
    format: Pick<CopyFormat, 'recordTerminator'>,
    keepsInput = false,
  ) {
    this.#take = take;
    this.#format = format;
    this.#keepsInput = keepsInput;
  }

  get count(): number {
    return this.#count;
  }

  /** What was read last, if it is kept. */
  get input(): ReadInput {
    const { offset, linesBefore } = this.#begin;
    return { bytes: this.#input, offset, linesBefore, leftOut: this.#recent };
  }

  /** The data continues at this address of the memory. */
  beginAt(address: number): void {
    this.#begin = { address, offset: this.#offset, linesBefore: this.#linesBefore };
    this.#counted = address;
    this.#recent = new Set();
  }

  /** Everything before the address has been read. */
  endAt(memory: RowMemory, address: number): void {
    this.#advance(memory, address);
    if (this.#keepsInput) this.#input = Buffer.from(memory.bytes.subarray(this.#begin.address, address));
  }

  /** Leaves out the record at which the memory has stopped; false where it is not whole before `end`. */
  leaveOut(memory: RowMemory, problem: RecordProblem, end: number): boolean {
    const begin = memory.exports.consumed.value;
    const behind = memory.exports.skipRecord(end);
    if (behind === 0) return false;
    this.#add(memory, problem, begin, memory.bytes.subarray(begin, behind));
    return true;
  }

  /** Leaves out the last record, which has no end. */
  leaveOutLast(memory: RowMemory, problem: RecordProblem, record: Buffer): void {
    this.#add(memory, problem, this.#counted, record);
  }

  #add(memory: RowMemory, problem: RecordProblem, begin: number, record: Buffer): void {
    this.#advance(memory, begin);
    const bytes = withoutEnd(record, this.#format);
    this.#take({ record: problem.record, offset: this.#offset, linesBefore: this.#linesBefore, bytes, problem });
    this.#recent.add(problem.record);
    this.#count++;
  }

  #advance(memory: RowMemory, address: number): void {
    this.#offset += address - this.#counted;
    this.#linesBefore += this.#countLines(memory, address);
    this.#counted = address;
  }

  #countLines({ exports, bytes }: RowMemory, address: number): number {
    const end = lineEndOf(this.#format);
    if (end.length === 1 && end[0] === LINE_FEED) return exports.countLineFeeds(this.#counted, address);
    return countLineEnds(bytes.subarray(this.#counted, address), end);
  }
}

/** A copy. */
export function withoutEnd(record: Buffer, { recordTerminator }: Pick<CopyFormat, 'recordTerminator'>): Buffer {
  const ends = recordTerminator === '' ? LINE_ENDS : [Buffer.from(recordTerminator)];
  const end = ends.find((bytes) => record.subarray(-bytes.length).equals(bytes));
  return Buffer.from(end === undefined ? record : record.subarray(0, -end.length));
}
