import { CHUNK_BYTES } from '../unpacker.ts';
import { ServerError } from './server-error.ts';
import { RowTooLong } from '../source-errors.ts';

/** The longest row, of which the readers take no more either (`copy/row-converter.ts`). */
const MAX_ROW_BYTES = 64 * 1024 * 1024;
/** A packet of this length is continued by the next one. */
const MAX_PACKET_BYTES = 0xffffff;
const HEADER_BYTES = 4;
const INPUT_BYTES = 256 * 1024;

const NULL_VALUE = 0xfb;
const [EOF_PACKET, ERROR_PACKET, LOCAL_INFILE] = [0xfe, 0xff, 0xfb];
/** An EOF packet is shorter than any row that begins with a length of eight bytes. */
const EOF_BYTES = 9;

const [TAB, LINE_FEED, BACKSLASH] = [0x09, 0x0a, 0x5c];
const [LETTER_T, LETTER_N, CAPITAL_N] = [0x74, 0x6e, 0x4e];

/**
 * The answer to one SELECT as DAT bytes, in the format of the server's own files: separated by tabs, NULL as \N, backslashes before what has a meaning.
 * Values are the texts that the server sends, byte by byte. It is the inner loop of a load, so rows become neither objects nor strings.
 *
 * ```
 *  Header ──▶ Columns ──▶ ColumnsEnd ──▶ Rows ──▶ Done
 * ```
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
 */
export class RowPackets {
  readonly #output = Buffer.allocUnsafe(CHUNK_BYTES);
  #filled = 0;
  /** Of a row that is longer than a chunk. */
  #rest: Buffer = NOTHING;
  #state: 'Header' | 'Columns' | 'ColumnsEnd' | 'Rows' | 'Done' = 'Header';
  #columns = 0;
  #columnsLeft = 0;
  /** What came and is not read yet, between `at` and `end`. It grows to the longest packet; a buffer for each chunk would keep the collector busy. */
  #input = Buffer.allocUnsafe(INPUT_BYTES);
  #at = 0;
  #end = 0;
  /** The packets before, of a payload that has several. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #rows = 0;

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the last row has been read and handed on. */
  get isDone(): boolean {
    return this.#state === 'Done' && this.#filled === 0 && this.#rest.length === 0;
  }

  /** Another answer, after one that is done. */
  begin(): void {
    [this.#state, this.#columns, this.#rows] = ['Header', 0, 0];
  }

  /** Continues with bytes of the server, after `next` has returned undefined. */
  take(chunk: Buffer): void {
    const left = this.#end - this.#at;
    if (this.#end + chunk.length > this.#input.length) {
      const isTooSmall = left + chunk.length > this.#input.length;
      const input = isTooSmall ? Buffer.allocUnsafe(2 * (left + chunk.length)) : this.#input;
      this.#input.copy(input, 0, this.#at, this.#end);
      [this.#input, this.#at, this.#end] = [input, 0, left];
    }
    this.#end += chunk.copy(this.#input, this.#end);
  }

  /** DAT bytes that are valid until the next call, `CHUNK_BYTES` at most; undefined where it needs more bytes, or is done. */
  next(): Buffer | undefined {
    if (this.#rest.length > 0) return this.#nextOfRest();
    while (this.#state !== 'Done') {
      const left = this.#end - this.#at;
      const length = left < HEADER_BYTES ? 0 : this.#input.readUIntLE(this.#at, 3);
      if (left < HEADER_BYTES + length) return undefined;
      const start = this.#at + HEADER_BYTES;
      if (length === MAX_PACKET_BYTES || this.#parts.length > 0) {
        this.#keepPart(Buffer.from(this.#input.subarray(start, start + length)));
        this.#at = start + length;
        if (length === MAX_PACKET_BYTES) continue;
        const whole = Buffer.concat(this.#parts);
        [this.#parts, this.#partBytes] = [[], 0];
        // What is before it in the output goes first.
        this.#rest = Buffer.concat([this.#output.subarray(0, this.#filled), this.#convertLong(whole)]);
        this.#filled = 0;
        return this.#nextOfRest();
      }
      const isRow = this.#state === 'Rows' && !isEnd(this.#input, start, length);
      if (isRow && this.#mostBytes(length) > CHUNK_BYTES - this.#filled) {
        if (this.#filled > 0) return this.#flush();
        this.#rest = this.#convertLong(this.#input.subarray(start, start + length));
        this.#at = start + length;
        return this.#nextOfRest();
      }
      this.#at = start + length;
      if (isRow) this.#filled = this.#convert(this.#input, start, start + length, this.#output, this.#filled);
      else this.#takeOther(this.#input.subarray(start, start + length));
    }
    return this.#filled > 0 ? this.#flush() : undefined;
  }

  #flush(): Buffer {
    const output = this.#output.subarray(0, this.#filled);
    this.#filled = 0;
    return output;
  }

  #nextOfRest(): Buffer {
    const next = this.#rest.subarray(0, CHUNK_BYTES);
    this.#rest = this.#rest.subarray(next.length);
    return next;
  }

  #keepPart(part: Buffer): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
    if (this.#partBytes > MAX_ROW_BYTES) throw new RowTooLong();
  }

  #convertLong(row: Buffer): Buffer {
    const output = Buffer.allocUnsafe(this.#mostBytes(row.length));
    return output.subarray(0, this.#convert(row, 0, row.length, output, 0));
  }

  #mostBytes(length: number): number {
    return 2 * (length + this.#columns) + 1;
  }

  /** Writes the row between start and end; returns where the output ends then. */
  #convert(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
    let [at, out] = [start, outputStart];
    for (let column = 0; column < this.#columns; column++) {
      if (column > 0) output[out++] = TAB;
      let length = input[at++] ?? 0;
      if (length === NULL_VALUE) {
        output[out++] = BACKSLASH;
        output[out++] = CAPITAL_N;
        continue;
      }
      if (length > NULL_VALUE) {
        const bytes = length === 0xfc ? 2 : length === 0xfd ? 3 : 6;
        length = input.readUIntLE(at, bytes);
        // A length of eight bytes, of which no row of ours needs the last two.
        at += bytes === 6 ? 8 : bytes;
      }
      const stop = at + length;
      if (stop > end) throw notUnderstood();
      for (; at < stop; at++) {
        const byte = input[at] ?? 0;
        if (byte === BACKSLASH || byte === TAB || byte === LINE_FEED) {
          output[out++] = BACKSLASH;
          output[out++] = byte === TAB ? LETTER_T : byte === LINE_FEED ? LETTER_N : BACKSLASH;
        } else output[out++] = byte;
      }
    }
    if (at !== end) throw notUnderstood();
    output[out++] = LINE_FEED;
    this.#rows++;
    return out;
  }

  #takeOther(packet: Buffer): void {
    if (packet[0] === ERROR_PACKET) throw ServerError.ofPacket(packet);
    switch (this.#state) {
      case 'Header':
        // Whoever plays the server may ask for any file of this machine.
        if (packet.length === 0 || packet[0] === 0 || packet[0] === LOCAL_INFILE) throw notUnderstood();
        this.#columns = packet[0] === 0xfc ? packet.readUInt16LE(1) : (packet[0] ?? 0);
        this.#columnsLeft = this.#columns;
        this.#state = 'Columns';
        break;
      case 'Columns':
        if (--this.#columnsLeft === 0) this.#state = 'ColumnsEnd';
        break;
      case 'ColumnsEnd':
        if (!isEnd(packet, 0, packet.length)) throw notUnderstood();
        this.#state = 'Rows';
        break;
      default:
        this.#state = 'Done';
    }
  }
}

const NOTHING = Buffer.alloc(0);

/** The end of columns or of rows, or an error. */
function isEnd(input: Buffer, start: number, length: number): boolean {
  const first = input[start];
  return (first === EOF_PACKET && length < EOF_BYTES) || first === ERROR_PACKET;
}

function notUnderstood(): Error {
  return new Error('the server sent a packet that its protocol does not have here');
}
