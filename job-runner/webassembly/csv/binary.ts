/**
 * CSV, as COPY reads it, into COPY's binary format, record by record.
 * https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 *
 * Only unambiguous spellings are converted. Any other value, which a type's input function may accept or reject, is
 * left to PostgreSQL: `toBinary` stops before its record. So a value becomes what PostgreSQL would have made of it, or
 * is not converted.
 */
import {
  BINARY_EXPANSION,
  KIND_BIGINT,
  KIND_BOOLEAN,
  KIND_DATE,
  KIND_DOUBLE,
  KIND_INTEGER,
  KIND_NUMERIC,
  KIND_SMALLINT,
  KIND_TEXT,
  KIND_TIMESTAMP,
  KIND_UUID,
  KINDS,
  NO_ROOM,
  NULL_MARKER,
} from '../abi';
import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import { writeDate, writeTimestamp } from './dates';
import { from, isQuoted, readField, to } from './fields';
import * as format from './format';
import { countRecords } from './progress';
import { writeBoolean, writeDouble, writeInteger, writeNumeric, writeUuid } from './scalars';
import { copied, copyQuoted, writeText } from './texts';

/** Where the last record that was converted ends. */
export let consumed: usize = 0;
/** The column, from 1, for which the record at `consumed` cannot be converted; 0 if the record is only incomplete. */
export let refused: i32 = 0;
/** The length that every line end must have: 1 for LF, 2 for CRLF, 0 before the first. */
export let lineEndBytes: i32 = 0;

export function beginBinary(): void {
  lineEndBytes = 0;
}

/**
 * Converts complete records from start to end; returns where the output ends, or `NO_ROOM`. A record is begun only if
 * the rest of the input fits before `outputEnd` in any case. An incomplete record may write up to `MARGIN_BYTES` behind
 * it.
 */
export function toBinary(start: usize, end: usize, output: usize, outputEnd: usize): usize {
  let out = output;
  consumed = start;
  refused = 0;
  while (out + BINARY_EXPANSION * (end - consumed) <= outputEnd) {
    const next = writeRecord(consumed, end, out);
    if (next === 0) return out;
    out = next;
    countRecords(1);
  }
  return NO_ROOM;
}

/** Sets `consumed` and returns where the record's output ends; otherwise 0, and maybe sets `refused`. */
function writeRecord(start: usize, end: usize, output: usize): usize {
  const last = format.columns - 1;
  let at = start;
  let out = output + 2;
  store<u16>(output, bswap<u16>(<u16>format.columns));
  for (let index = 0; index <= last; index++) {
    if (at >= end) return 0;
    const kind = <i32>load<u8>(KINDS + index);
    let stop = kind === KIND_TEXT ? copyQuoted(at, end, out) : 0;
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
      if (next !== format.delimiter) return refuse(index);
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

/** In CSV a value is NULL if it is spelled like the marker and nothing of it is quoted. */
function isNull(): bool {
  const bytes = format.nullMarkerBytes;
  if (isQuoted || <i32>(to - from) !== bytes) return false;
  // The first byte alone settles it for most words of the marker's length.
  return bytes === 0 || (load<u8>(from) === load<u8>(NULL_MARKER) && memory.compare(from, NULL_MARKER, bytes) === 0);
}

function refuse(index: i32): usize {
  refused = index + 1;
  return 0;
}

/** Writes length and value; returns the end of it, or 0 if the spelling is ambiguous. */
function writeValue(kind: i32, out: usize): usize {
  switch (kind) {
    case KIND_SMALLINT:
      return writeInteger(from, to, out, 2);
    case KIND_INTEGER:
      return writeInteger(from, to, out, 4);
    case KIND_BIGINT:
      return writeInteger(from, to, out, 8);
    case KIND_BOOLEAN:
      return writeBoolean(from, to, out);
    case KIND_DOUBLE:
      return writeDouble(from, to, out);
    case KIND_NUMERIC:
      return writeNumeric(from, to, out);
    case KIND_DATE:
      return writeDate(from, to, out);
    case KIND_TIMESTAMP:
      return writeTimestamp(from, to, out);
    case KIND_UUID:
      return writeUuid(from, to, out);
    default:
      return writeText(from, to, out);
  }
}
