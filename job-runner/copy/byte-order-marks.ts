import { counted } from '../../crds/contract/counted.ts';

const MARK = Buffer.from('\ufeff');
const LINE_FEED = 0x0a;

/**
 * Counts the records of a UTF-8 text that begin with a byte order mark: of files that were put together only the first one's is taken for what it is.
 * Anywhere else it is a character like others.
 */
export class ByteOrderMarks {
  /** What comes before the next chunk; the first record has nothing before it. */
  #before = Buffer.from([LINE_FEED]);
  #count = 0;

  take(chunk: Buffer): void {
    const start = Buffer.concat([this.#before, chunk.subarray(0, MARK.length)]);
    this.#count += countIn(start);
    this.#count += countIn(chunk);
    this.#before = Buffer.from(Buffer.concat([this.#before, chunk.subarray(-MARK.length)]).subarray(-MARK.length));
  }

  get warnings(): string[] {
    if (this.#count === 0) return [];
    const begin = this.#count === 1 ? 'begins' : 'begin';
    return [
      `${counted(this.#count, 'record')} ${begin} with a byte order mark, as in files that were put together, and the first value has it: remove the marks from the DAT file and load it again`,
    ];
  }
}

/** Those with a line feed before them. */
function countIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + MARK.length))
    if (at > 0 && bytes[at - 1] === LINE_FEED) count++;
  return count;
}
