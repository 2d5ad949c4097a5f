import type { CopyFormat } from '../plan/table-plan.ts';
import { withoutEnd, type ReadInput, type RejectedRecord } from './left-out.ts';
import type { RecordEnds, RecordPlaces } from './record-ends.ts';
import type { RefusedRow } from './refused-row.ts';

/** The records of which the rows of a batch were made. */
export class BatchInput {
  readonly #format: CopyFormat;
  readonly #parts: RowRecords[] = [];
  #count = 0;

  constructor(format: CopyFormat) {
    this.#format = format;
  }

  /** Rows. */
  get count(): number {
    return this.#count;
  }

  /** `first` is the number of its first record in the file, from 0. */
  add(input: ReadInput, first: number, rows: number): void {
    this.#parts.push(new RowRecords(input, first, this.#count));
    this.#count += rows;
  }

  /** The records of the rows of these numbers, or of all, each with its end. */
  records(recordEnds: RecordEnds, numbers: Iterable<number> = Array(this.#count).keys()): readonly Buffer[] {
    return Array.from(numbers, (row) => {
      const { input, begin, end } = this.#partOf(row).find(row, recordEnds);
      return input.bytes.subarray(begin, end);
    });
  }

  /** Those that were left out, and the rows that are refused, which ascend, all in the order of the file. */
  *rejects(recordEnds: RecordEnds, refused: readonly RefusedRow[]): Generator<RejectedRecord> {
    const leftOut = this.#parts.flatMap(({ input }) => input.rejects);
    let at = 0;
    for (const reject of this.#refusedRecords(recordEnds, refused)) {
      for (let next = leftOut[at]; next !== undefined && next.record < reject.record; next = leftOut[++at]) yield next;
      yield reject;
    }
    yield* leftOut.slice(at);
  }

  *#refusedRecords(recordEnds: RecordEnds, refused: readonly RefusedRow[]): Generator<RejectedRecord> {
    for (const { row, problemOf } of refused) {
      const { input, begin, end, lines, record } = this.#partOf(row).find(row, recordEnds);
      yield {
        ...{ record, linesBefore: input.linesBefore + lines },
        offset: input.offset === undefined ? undefined : input.offset + begin,
        ...{ bytes: withoutEnd(input.bytes.subarray(begin, end), this.#format), problem: problemOf(record) },
      };
    }
  }

  #partOf(row: number): RowRecords {
    const part = this.#parts.findLast(({ firstRow }) => firstRow <= row);
    if (part === undefined) throw new Error(`the batch has no row ${row + 1}`);
    return part;
  }
}

/** Where the record of a row is. */
interface FoundRecord {
  readonly input: ReadInput;
  /** In the input. */
  readonly begin: number;
  readonly end: number;
  /** Before it, in the input. */
  readonly lines: number;
  /** Its number in the file, from 0. */
  readonly record: number;
}

/** The records of one call of the reader. */
class RowRecords {
  readonly input: ReadInput;
  /** In the batch. */
  readonly firstRow: number;
  readonly #first: number;
  #places: RecordPlaces | undefined;
  /** For each row which record it is, where some are left out. */
  #records: readonly number[] | undefined;

  constructor(input: ReadInput, first: number, firstRow: number) {
    this.input = input;
    this.firstRow = firstRow;
    this.#first = first;
  }

  find(row: number, recordEnds: RecordEnds): FoundRecord {
    const { ends, lines } = (this.#places ??= recordEnds.of(this.input.bytes));
    if (this.input.rejects.length > 0) this.#records ??= this.#withoutRejects(ends.length);
    const inInput = row - this.firstRow;
    const index = this.#records === undefined ? inInput : (this.#records[inInput] ?? -1);
    const end = ends[index];
    if (end === undefined) throw new Error(`the batch has no row ${row + 1}`);
    const [begin, before] = index === 0 ? [0, 0] : [ends[index - 1] ?? 0, lines[index - 1] ?? 0];
    return { input: this.input, begin, end, lines: before, record: this.#first + index };
  }

  #withoutRejects(count: number): readonly number[] {
    const rejects = new Set(this.input.rejects.map(({ record }) => record - this.#first));
    return [...Array(count).keys()].filter((index) => !rejects.has(index));
  }
}
