import type { CopyStatementFormat } from '../plan/statements.ts';

const [TAB, LINE_FEED] = [0x09, 0x0a];

/** Rows in one of COPY's formats. Where each of them ends is looked for once, and only where single ones are asked for. */
export class SplitRows {
  readonly all: Buffer;
  readonly #format: CopyStatementFormat;
  #ends: readonly number[] | undefined;

  constructor(rows: Buffer, format: CopyStatementFormat) {
    this.all = rows;
    this.#format = format;
  }

  get count(): number {
    return this.#rowEnds.length;
  }

  /** Those of these numbers, from 0. */
  at(numbers: readonly number[]): Buffer {
    const ends = this.#rowEnds;
    return Buffer.concat(numbers.map((row) => this.all.subarray(ends[row - 1] ?? 0, ends[row])));
  }

  /** All but those of these numbers, which ascend. */
  without(numbers: readonly number[]): Buffer {
    const rows = this.all;
    if (numbers.length === 0) return rows;
    const ends = this.#rowEnds;
    // Without an object for each span, of which there may be as many as rows.
    const kept = Buffer.allocUnsafe(rows.length);
    let [begin, written] = [0, 0];
    for (const row of numbers) {
      written += rows.copy(kept, written, begin, ends[row - 1] ?? 0);
      begin = ends[row] ?? rows.length;
    }
    written += rows.copy(kept, written, begin);
    return kept.subarray(0, written);
  }

  get #rowEnds(): readonly number[] {
    return (this.#ends ??= this.#format === 'binary' ? tupleEnds(this.all) : lineEnds(this.all));
  }
}

/** Line feeds within values are escaped. */
function lineEnds(rows: Buffer): number[] {
  const ends = [];
  for (let at = rows.indexOf(LINE_FEED); at !== -1; at = rows.indexOf(LINE_FEED, at + 1)) ends.push(at + 1);
  return ends;
}

/** Each has the number of its fields, and each field its length, or -1 for NULL. https://www.postgresql.org/docs/18/sql-copy.html#id-1.9.3.55.9.4 */
function tupleEnds(rows: Buffer): number[] {
  const ends = [];
  for (let at = 0; at < rows.length;) {
    let left = rows.readInt16BE(at);
    at += 2;
    for (; left > 0; left--) at += 4 + Math.max(rows.readInt32BE(at), 0);
    ends.push(at);
  }
  return ends;
}

/** Of one that is added to a row: a field of 4 bytes, or a tab and digits. */
const MAX_NUMBER_BYTES = 12;

/** All rows, as many as `count`, with only their fields of these numbers, which ascend from 0, and behind them the row's own number, from 0. */
export function numberedRows(
  rows: Buffer,
  count: number,
  format: CopyStatementFormat,
  fields: readonly number[],
): Buffer {
  const numbered = Buffer.allocUnsafe(rows.length + count * MAX_NUMBER_BYTES);
  const written =
    format === 'binary' ? writeNumberedTuples(numbered, rows, fields) : writeNumberedLines(numbered, rows, fields);
  return numbered.subarray(0, written);
}

function writeNumberedTuples(numbered: Buffer, rows: Buffer, fields: readonly number[]): number {
  let written = 0;
  for (let at = 0, row = 0; at < rows.length; row++) {
    const count = rows.readInt16BE(at);
    at += 2;
    written = numbered.writeInt16BE(fields.length + 1, written);
    for (let field = 0, next = 0; field < count; field++) {
      const end = at + 4 + Math.max(rows.readInt32BE(at), 0);
      if (fields[next] === field) {
        written += rows.copy(numbered, written, at, end);
        next++;
      }
      at = end;
    }
    written = numbered.writeInt32BE(row, numbered.writeInt32BE(4, written));
  }
  return written;
}

function writeNumberedLines(numbered: Buffer, rows: Buffer, fields: readonly number[]): number {
  let written = 0;
  for (let at = 0, row = 0; at < rows.length; row++) {
    for (let field = 0, next = 0; next < fields.length; field++) {
      const begin = at;
      while (rows[at] !== TAB && rows[at] !== LINE_FEED) at++;
      if (fields[next] === field) {
        written += rows.copy(numbered, written, begin, at);
        numbered[written++] = TAB;
        next++;
      }
      if (next < fields.length) at++;
    }
    at = rows.indexOf(LINE_FEED, at) + 1;
    written += numbered.write(`${row}\n`, written, 'latin1');
  }
  return written;
}
