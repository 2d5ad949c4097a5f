import { countLineEnds, lineEndOf } from '../dump/line-ends.ts';
import type { TableData } from '../dump/table-data.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import type { RecordProblem } from './record-problem.ts';
import type { RowMemory } from './row-memory.ts';

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/** A record that cannot be loaded, as it stands in the file. */
export interface RejectedRecord {
  /** Among all records of the file, from 0. */
  readonly record: number;
  /** Lines before it; of a table in chunks, in these one behind the other. */
  readonly linesBefore: number;
  /** Bytes before it; undefined where the data is not the file's own bytes. */
  readonly offset: number | undefined;
  /** The record without its end. */
  readonly bytes: Buffer;
  readonly problem: RecordProblem;
}

/** What one call of the reader has read. */
export interface ReadInput {
  /** Whole records, those that were left out among them. */
  readonly bytes: Buffer;
  /** Of its first byte, see RejectedRecord. */
  readonly offset: number | undefined;
  readonly linesBefore: number;
  /** Those of its records that were left out. */
  readonly rejects: readonly RejectedRecord[];
}

/** What to add to a place in the data for the one in the file, by what has been handed on last. */
export type DataPlace = Pick<TableData, 'linesBefore' | 'bytesBefore'>;

/** The records of a file that are left out, and where they stand in it. */
export class LeftOut {
  readonly #format: Pick<CopyFormat, 'recordTerminator'>;
  readonly #place: DataPlace;
  readonly #take: ((reject: RejectedRecord) => void) | undefined;
  #count = 0;
  #offset = 0;
  #linesBefore = 0;
  /** The address up to which the memory's bytes have been counted. */
  #counted = 0;
  #begin: { readonly address: number } & Pick<ReadInput, 'offset' | 'linesBefore'> = {
    ...{ address: 0, offset: 0, linesBefore: 0 },
  };
  #recent: RejectedRecord[] = [];
  #input: Buffer = Buffer.alloc(0);

  /** `take` throws where they are too many. Without it they are kept with what was read. */
  constructor(format: Pick<CopyFormat, 'recordTerminator'>, place: DataPlace, take?: (reject: RejectedRecord) => void) {
    this.#format = format;
    this.#place = place;
    this.#take = take;
  }

  get count(): number {
    return this.#count;
  }

  /** What was read last, if it is kept. */
  get input(): ReadInput {
    const { offset, linesBefore } = this.#begin;
    return { bytes: this.#input, offset, linesBefore, rejects: this.#recent };
  }

  /** The data continues at this address of the memory. */
  beginAt(address: number): void {
    this.#begin = { address, ...this.#placeInFile };
    this.#counted = address;
    this.#recent = [];
  }

  /** Everything before the address has been read. */
  endAt(memory: RowMemory, address: number): void {
    this.#advance(memory, address);
    if (this.#take === undefined) this.#input = Buffer.from(memory.bytes.subarray(this.#begin.address, address));
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
    const reject = { record: problem.record, ...this.#placeInFile, bytes, problem };
    if (this.#take === undefined) this.#recent.push(reject);
    else this.#take(reject);
    this.#count++;
  }

  get #placeInFile(): Pick<ReadInput, 'offset' | 'linesBefore'> {
    const { linesBefore, bytesBefore } = this.#place;
    return {
      linesBefore: linesBefore + this.#linesBefore,
      offset: bytesBefore === undefined ? undefined : bytesBefore + this.#offset,
    };
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
  return Buffer.from(record.subarray(0, record.length - endLength(record, recordTerminator)));
}

function endLength(record: Buffer, recordTerminator: string): number {
  if (recordTerminator === '') {
    if (record.at(-1) !== LINE_FEED) return 0;
    return record.at(-2) === CARRIAGE_RETURN ? 2 : 1;
  }
  const end = Buffer.from(recordTerminator);
  return record.length >= end.length && end.compare(record, record.length - end.length) === 0 ? end.length : 0;
}
