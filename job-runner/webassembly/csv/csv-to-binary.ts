/**
 * CSV, as COPY reads it, into COPY's binary format, record by record.
 * https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 *
 * Only spellings that leave no doubt are taken. What else a type's input function may accept, or refuse with a message, is for PostgreSQL to
 * read: `convert` stops before that record. So a value is what PostgreSQL would have made of it, or is not converted at all.
 */
import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import { writeDate, writeTimestamp } from './dates';
import { from, isQuoted, readField, to } from './fields';
import { writeBoolean, writeDouble, writeInteger, writeNumeric, writeUuid } from './scalars';
import * as settings from './settings';
import { copied, copyQuoted, writeText } from './texts';

export {
  columns,
  delimiter,
  escape,
  isLatin1,
  kinds,
  marker,
  markerBytes,
  months,
  powers,
  quote,
  scratch,
} from './settings';
export { monthSlot } from './dates';

/** As `COLUMN_KINDS` in binary-columns.ts lists them. */
const enum Kind {
  smallint,
  integer,
  bigint,
  boolean,
  double,
  numeric,
  date,
  timestamp,
  uuid,
  text,
}

/** Records converted so far. */
export let records: u32 = 0;
/** Where the last record that was converted ends. */
export let consumed: usize = 0;
/** The column, from 1, at which the record at `consumed` cannot be converted; 0 where it is only not whole yet. */
export let refused: i32 = 0;
/** What each line end must be: 1 byte for LF, 2 for CRLF, 0 before the first. */
export let lineEndBytes: i32 = 0;

/** Converts whole records from start to end; returns the end of what was written, at most 8 times as much. */
export function convert(start: usize, end: usize, output: usize): usize {
  let out = output;
  consumed = start;
  refused = 0;
  for (let written = convertRecord(start, end, out); written !== 0; written = convertRecord(consumed, end, out)) {
    out = written;
    records++;
  }
  return out;
}

/** Sets `consumed` and returns the end of what was written, or 0 and maybe `refused`. */
function convertRecord(start: usize, end: usize, output: usize): usize {
  const last = settings.columns - 1;
  let at = start;
  let out = output + 2;
  store<u16>(output, bswap<u16>(<u16>settings.columns));
  for (let index = 0; index <= last; index++) {
    if (at >= end) return 0;
    const kind = <i32>load<u8>(settings.kinds + index);
    let stop = kind === Kind.text ? copyQuoted(at, end, out) : 0;
    if (stop !== 0) {
      out = copied;
    } else {
      stop = readField(at, end);
      if (stop === 0) return 0;
      if (isNull()) {
        store<i32>(out, -1);
        out += 4;
      } else {
        out = writeValue(kind, out);
        if (out === 0) return refuse(index);
      }
    }
    const next = <u32>load<u8>(stop);
    if (index < last) {
      if (next !== settings.delimiter) return refuse(index);
      at = stop + 1;
    } else {
      const bytes = next === LINE_FEED ? 1 : next === CARRIAGE_RETURN ? 2 : 0;
      if (bytes === 2 && stop + 1 >= end) return 0;
      if (bytes === 0 || (bytes === 2 && load<u8>(stop + 1) !== <u8>LINE_FEED)) return refuse(index);
      if (lineEndBytes === 0) lineEndBytes = bytes;
      if (lineEndBytes !== bytes) return refuse(index);
      consumed = stop + bytes;
    }
  }
  return out;
}

/** In csv a value is NULL if it is spelled like the marker and nothing of it is quoted. */
function isNull(): bool {
  return (
    !isQuoted &&
    <i32>(to - from) === settings.markerBytes &&
    memory.compare(from, settings.marker, settings.markerBytes) === 0
  );
}

function refuse(index: i32): usize {
  refused = index + 1;
  return 0;
}

/** Writes length and value; returns the end of it, or 0 where the spelling is not one that leaves no doubt. */
function writeValue(kind: i32, out: usize): usize {
  switch (kind) {
    case Kind.smallint:
      return writeInteger(from, to, out, 2);
    case Kind.integer:
      return writeInteger(from, to, out, 4);
    case Kind.bigint:
      return writeInteger(from, to, out, 8);
    case Kind.boolean:
      return writeBoolean(from, to, out);
    case Kind.double:
      return writeDouble(from, to, out);
    case Kind.numeric:
      return writeNumeric(from, to, out);
    case Kind.date:
      return writeDate(from, to, out);
    case Kind.timestamp:
      return writeTimestamp(from, to, out);
    case Kind.uuid:
      return writeUuid(from, to, out);
    default:
      return writeText(from, to, out);
  }
}
