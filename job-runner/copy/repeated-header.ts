import { are, counted } from '../../crds/contract/counted.ts';
import type { PlannedColumn, TablePlan } from '../plan/table-plan.ts';

const TEXT = /^(?:text|character varying|character)(?:\(\d+\))?$/;
const LINE_FEED = Buffer.from('\n');
const CARRIAGE_RETURN = 0x0d;

/**
 * Counts the records that are the file's header once more, as in files that were put together. A column of another type refuses its own name; where
 * all are texts nothing else would show it. One column alone may well have its name as a value.
 */
export class RepeatedHeader {
  readonly #end: Buffer;
  /** A record end and the header behind it. */
  readonly #sought: Buffer;
  /** What may be the beginning of a match. The header's own end comes before the first record. */
  #carried: Buffer;
  #count = 0;

  constructor(header: Buffer, recordTerminator: string) {
    this.#end = recordTerminator === '' ? LINE_FEED : Buffer.from(recordTerminator);
    this.#sought = Buffer.concat([this.#end, header]);
    this.#carried = this.#end;
  }

  /** Undefined where a repeated header would be refused, or might be data. */
  static of(header: Buffer | undefined, { columns, copyColumns, format }: TablePlan): RepeatedHeader | undefined {
    const copied = columns.filter(({ name }) => copyColumns.includes(name));
    if (header === undefined || copied.length < 2 || !copied.every(isText)) return undefined;
    return new RepeatedHeader(header, format.recordTerminator);
  }

  /** The same chunks, each searched as it passes. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      this.#search(chunk);
      yield chunk;
    }
    // The last record may have no end.
    this.#search(this.#end);
  }

  get count(): number {
    return this.#count;
  }

  get warnings(): string[] {
    if (this.#count === 0) return [];
    return [
      `${counted(this.#count, 'record')} ${are(this.#count)} the header once more, as in files that were put together, and loaded as data: if that is wrong, remove them from the DAT file and load it again`,
    ];
  }

  #search(chunk: Buffer): void {
    const decided = this.#sought.length + 1 + this.#end.length;
    const border = Buffer.concat([this.#carried, chunk.subarray(0, decided)]);
    const isShort = chunk.length <= decided;
    const left = this.#countIn(border, isShort ? border.length : this.#carried.length);
    // A copy, since the chunk's memory is used again.
    this.#carried = Buffer.from(isShort ? border.subarray(left) : chunk.subarray(this.#countIn(chunk, chunk.length)));
  }

  /** Counts the matches that begin before `limit`; returns where one begins that is not decided yet, or may begin. */
  #countIn(bytes: Buffer, limit: number): number {
    let found = bytes.indexOf(this.#sought);
    for (; found >= 0 && found < limit; found = bytes.indexOf(this.#sought, found + 1)) {
      const next = found + this.#sought.length + (bytes[found + this.#sought.length] === CARRIAGE_RETURN ? 1 : 0);
      if (bytes.length < next + this.#end.length) return found;
      if (bytes.subarray(next, next + this.#end.length).equals(this.#end)) this.#count++;
    }
    return Math.max(0, bytes.length - this.#sought.length + 1);
  }
}

function isText({ type, valueType = type, binary }: PlannedColumn): boolean {
  return binary === undefined && TEXT.test(valueType);
}
