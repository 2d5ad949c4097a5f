import type { CopyStatementFormat } from '../plan/statements.ts';

const [TAB, LINE_FEED] = [0x09, 0x0a];

/** Where each of the rows ends, in one of COPY's formats. */
export function rowEnds(rows: Buffer, format: CopyStatementFormat): number[] {
  return format === 'binary' ? tupleEnds(rows) : lineEnds(rows);
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

/** The rows of these numbers, from 0. */
export function rowsAt(rows: Buffer, ends: readonly number[], numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map((row) => rows.subarray(ends[row - 1] ?? 0, ends[row])));
}

/** All rows but those of these numbers, which ascend. */
export function rowsWithout(rows: Buffer, ends: readonly number[], numbers: readonly number[]): Buffer {
  if (numbers.length === 0) return rows;
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

/** All rows, with only their fields of these numbers, which ascend from 0. */
export function fieldsOfRows(rows: Buffer, format: CopyStatementFormat, fields: readonly number[]): Buffer {
  return format === 'binary' ? fieldsOfTuples(rows, fields) : fieldsOfLines(rows, fields);
}

function fieldsOfTuples(rows: Buffer, fields: readonly number[]): Buffer {
  const chosen = Buffer.allocUnsafe(rows.length);
  let written = 0;
  for (let at = 0; at < rows.length;) {
    const count = rows.readInt16BE(at);
    at += 2;
    written = chosen.writeInt16BE(fields.length, written);
    for (let field = 0, next = 0; field < count; field++) {
      const end = at + 4 + Math.max(rows.readInt32BE(at), 0);
      if (fields[next] === field) {
        written += rows.copy(chosen, written, at, end);
        next++;
      }
      at = end;
    }
  }
  return chosen.subarray(0, written);
}

function fieldsOfLines(rows: Buffer, fields: readonly number[]): Buffer {
  const chosen = Buffer.allocUnsafe(rows.length);
  let written = 0;
  for (let at = 0; at < rows.length;) {
    for (let field = 0, next = 0; next < fields.length; field++) {
      const begin = at;
      while (rows[at] !== TAB && rows[at] !== LINE_FEED) at++;
      if (fields[next] === field) {
        written += rows.copy(chosen, written, begin, at);
        chosen[written++] = ++next === fields.length ? LINE_FEED : TAB;
      }
      if (next < fields.length) at++;
    }
    at = rows.indexOf(LINE_FEED, at) + 1;
  }
  return chosen.subarray(0, written);
}
