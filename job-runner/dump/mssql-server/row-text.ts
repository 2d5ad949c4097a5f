import { CHUNK_BYTES } from '../unpacker.ts';
import { RowTooLong } from '../source-errors.ts';

/** The longest row, of which the readers take no more either (`copy/row-converter.ts`). */
const MAX_ROW_BYTES = 64 * 1024 * 1024;
/**
 * How many bytes of a value the server may send (TEXTSIZE); it cuts longer ones without a word. One more than the UTF-16 of the longest row: what was
 * cut is too long as a row.
 */
export const MAX_VALUE_BYTES = 2 * MAX_ROW_BYTES + 2;

/** No row that is short enough comes as more bytes, of which UTF-16 is twice as many as UTF-8; the rest is what waits behind it. */
export const MAX_ROW_BYTES_SENT = 3 * MAX_ROW_BYTES;

/** What the driver makes of the types that are asked for, see `expressionOf`. */
export type DriverValue = string | number | boolean | Buffer | null;

/**
 * Rows as DAT bytes, in the format of MySQL's own files, which every value can be written in: separated by tabs, NULL as \N, backslashes before what has
 * a meaning. Bytes are hexadecimal digits.
 */
export class RowText {
  readonly #isGeometry: readonly boolean[];
  #output = Buffer.allocUnsafe(CHUNK_BYTES);
  #filled = 0;
  #rows = 0;

  /** `isGeometry`: for each column whether its bytes are a SRID and well-known binary. */
  constructor(isGeometry: readonly boolean[]) {
    this.#isGeometry = isGeometry;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** The chunks that are complete with this row, `CHUNK_BYTES` at most. Throws `RowTooLong`. */
  add(values: readonly DriverValue[]): readonly Buffer[] {
    this.#rows++;
    let text = '';
    for (const [index, value] of values.entries()) {
      text += `${index === 0 ? '' : '\t'}${value === null ? '\\N' : this.#spell(value, index)}`;
      // Of UTF-16 units, each of which becomes a byte at least.
      if (text.length > MAX_ROW_BYTES) throw new RowTooLong();
    }
    text += '\n';
    if (text.isWellFormed()) {
      const bytes = Buffer.byteLength(text);
      if (bytes > MAX_ROW_BYTES) throw new RowTooLong();
      if (bytes <= CHUNK_BYTES) return this.#write(text, bytes);
      return [...this.end(), ...chunksOf(Buffer.from(text))];
    }
    return [...this.end(), ...chunksOf(encodeLoneSurrogates(text))];
  }

  /** What is left after the last row. */
  end(): readonly Buffer[] {
    if (this.#filled === 0) return [];
    const chunk = this.#output.subarray(0, this.#filled);
    this.#output = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#filled = 0;
    return [chunk];
  }

  #write(text: string, bytes: number): readonly Buffer[] {
    const complete = this.#filled + bytes > CHUNK_BYTES ? this.end() : [];
    this.#filled += this.#output.write(text, this.#filled);
    return complete;
  }

  #spell(value: Exclude<DriverValue, null>, index: number): string {
    if (typeof value === 'string') return SPECIAL.test(value) ? value.replaceAll(SPECIALS, escapeOf) : value;
    if (typeof value === 'boolean') return value ? '1' : '0';
    // The shortest text that is this very number; that of a negative zero lacks its sign.
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    return this.#isGeometry[index] === true ? extendedWkb(value) : value.toString('hex');
  }
}

const SPECIAL = /[\\\t\n]/;
const SPECIALS = /[\\\t\n]/g;

function escapeOf(character: string): string {
  return character === '\t' ? '\\t' : character === '\n' ? '\\n' : '\\\\';
}

function chunksOf(bytes: Buffer): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

/**
 * Half a surrogate pair, which nvarchar may have, is no character, and Node would write another one for it. As three bytes that UTF-8 does not have the
 * readers refuse its record. https://simonsapin.github.io/wtf-8/
 */
function encodeLoneSurrogates(text: string): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (const { index } of text.matchAll(/\p{Surrogate}/gu)) {
    const unit = text.charCodeAt(index);
    parts.push(Buffer.from(text.slice(start, index)));
    parts.push(Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]));
    start = index + 1;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(start))]);
}

const SRID_BYTES = 4;
const LITTLE_ENDIAN = 1;
const HAS_SRID = 0x20;

/**
 * PostGIS's text of a geometry, with all bits of its coordinates, which well-known text rounds. It has the SRID behind the type, marked by a bit of it.
 * https://libgeos.org/specifications/wkb/#extended-wkb
 */
function extendedWkb(value: Buffer): string {
  const srid = value.readUInt32BE(0);
  const wkb = value.subarray(SRID_BYTES);
  if (wkb[0] !== LITTLE_ENDIAN) throw new Error('the server sent a geometry in another notation than asked for');
  if (srid === 0) return wkb.toString('hex').toUpperCase();
  const head = Buffer.alloc(9);
  wkb.copy(head, 0, 0, 5);
  head[4] = (wkb[4] ?? 0) | HAS_SRID;
  head.writeUInt32LE(srid, 5);
  return Buffer.concat([head, wkb.subarray(5)])
    .toString('hex')
    .toUpperCase();
}
