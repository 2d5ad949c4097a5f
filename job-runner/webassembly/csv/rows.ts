/**
 * The records of a DAT file into rows of COPY's binary or text format.
 * https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 *
 * A value is written only if its spelling leaves no doubt what PostgreSQL makes of it, and that this is the value itself, neither rounded nor
 * cut. At any other `toRows` stops before the record, and the host answers for it (`ANSWERS`) before it continues there.
 */
import {
  ANSWERS,
  AS_NULL,
  AS_READ,
  KIND_BOUNDED,
  KIND_TEXT,
  KINDS,
  NO_PROBLEM,
  NO_ROOM,
  NOT_NULLS,
  PROBLEM_CARRIAGE_RETURN,
  PROBLEM_DELIMITER_AT_END,
  PROBLEM_DOUBT,
  PROBLEM_ESCAPED_MARKER,
  PROBLEM_NO_DELIMITER_AT_END,
  PROBLEM_NUL,
  PROBLEM_NULL,
  PROBLEM_TOO_FEW_FIELDS,
  PROBLEM_TOO_MANY_FIELDS,
  TERMINATOR,
} from '../abi';
import { CARRIAGE_RETURN, LINE_FEED, TAB } from './characters';
import { CARRIAGE_RETURN_END, DELIMITER_END, endBytes, MAYBE_END, NO_END, RECORD_END, recordEndAt } from './ends';
import {
  beginFields,
  foundEnd,
  from,
  isEscapedMarker,
  isNull,
  mayBeNull,
  next,
  problem as fieldProblem,
  readField,
  replaceByNull,
  replaceField,
  to,
} from './fields';
import { forgetEscapes, hasForeignEscape } from './foreign-escapes';
import * as format from './format';
import { recordEnd } from './record-end';
import { writeTextNull } from './text-values';
import { copied, copyQuoted } from './texts';
import { boundOf, isNul, isText, mayBeBits, writeValue } from './values';

/** Records that were written so far. */
export let records: u32 = 0;
/** How many of them ended with CRLF where LF would do as well, or with a carriage return before the LF that ends them. */
export let carriageReturns: u32 = 0;
/** How many of them have a backslash that is not read as data, before a character that no exporter escapes. */
export let foreignEscapes: u32 = 0;
/** Where the last record that was written ends. */
export let consumed: usize = 0;
/** One of `PROBLEM_…`: why the record at `consumed` cannot be written; `NO_PROBLEM` where it is only not whole yet. */
export let problem: i32 = NO_PROBLEM;
/** The column of the problem, from 0. */
export let problemColumn: i32 = 0;
/** Where the value in doubt lies. */
export let valueStart: usize = 0;
export let valueEnd: usize = 0;
/** The host sets it where there is an answer for a column of the record at `consumed`. */
export let hasAnswers: bool = false;
/** `toRows` writes no more records than that in all. */
export let maxRecords: u32 = 0xffffffff;

export function beginRows(): void {
  records = 0;
  carriageReturns = 0;
  foreignEscapes = 0;
  maxRecords = 0xffffffff;
  beginFields();
  clearAnswers();
}

export function setMaxRecords(count: u32): void {
  maxRecords = count;
}

export function useAnswers(): void {
  hasAnswers = true;
}

/** Leaves out the record at `consumed`; returns the address behind it, or 0 where it is not whole before `end`. */
export function skipRecord(end: usize): usize {
  const behind = recordEnd(consumed, end);
  if (behind === 0) return 0;
  consumed = behind;
  clearAnswers();
  return behind;
}

function clearAnswers(): void {
  memory.fill(ANSWERS, 0, 8 * format.columns);
  hasAnswers = false;
}

/**
 * Writes whole records from start to end; returns the end of what was written, or `NO_ROOM`. No record may begin unless all that is left of the input
 * fits before `outputEnd`, however it is spelled; what is written behind the last value stays within the margin.
 */
export function toRows(start: usize, end: usize, output: usize, outputEnd: usize): usize {
  consumed = start;
  problem = NO_PROBLEM;
  beginFields();
  return format.isText
    ? writeRecords<format.Text>(end, output, outputEnd)
    : writeRecords<format.Binary>(end, output, outputEnd);
}

function writeRecords<Format>(end: usize, output: usize, outputEnd: usize): usize {
  let out = output;
  while (records < maxRecords) {
    if (out + format.expansion * (end - consumed) > outputEnd) return NO_ROOM;
    const next = writeRecord<Format>(consumed, end, out);
    if (next === 0) break;
    out = next;
    records++;
    if (hasAnswers) clearAnswers();
  }
  return out;
}

/** Sets `consumed` and returns the end of what was written, or 0 and maybe a problem. */
function writeRecord<Format>(start: usize, end: usize, output: usize): usize {
  const last = format.columns - 1;
  const hasColumnEncodings = format.hasColumnEncodings;
  let at = start;
  let out = output;
  forgetEscapes();
  if (!isText<Format>()) {
    store<u16>(out, bswap<u16>(<u16>format.columns));
    out += 2;
  }
  for (let index = 0; index <= last; index++) {
    if (at >= end) return 0;
    if (hasColumnEncodings) format.useCharactersOf(index);
    let kind = <i32>load<u8>(KINDS + index);
    let stop = !isText<Format>() && kind >= KIND_TEXT && kind <= KIND_BOUNDED ? copyQuoted(at, end, out) : 0;
    const isWritten = stop !== 0 && (kind === KIND_TEXT || copied - out - 4 <= <usize>boundOf(index));
    if (!isWritten) {
      stop = readField(at, end, index === last);
      if (stop === 0) return fieldProblem === NO_PROBLEM ? 0 : stopFor(fieldProblem, index);
    }
    // Before the value: where fields are missing or too many, it may be another column's.
    at = index < last && <u32>load<u8>(stop) === format.delimiter ? stop + 1 : behindEnd(stop, end, index);
    if (at === 0) return 0;
    if (isWritten) {
      out = copied;
    } else {
      if (hasAnswers) kind = takeAnswer(kind, index);
      const isOpen = mayBeNull();
      if (isOpen && isEscapedMarker()) return stopFor(PROBLEM_ESCAPED_MARKER, index);
      if (isOpen && isNull()) {
        if (load<u8>(NOT_NULLS + index) !== 0) return stopFor(PROBLEM_NULL, index);
        out = mayBeBits(kind, index) ? 0 : isText<Format>() ? writeTextNull(out) : writeNull(out);
      } else out = writeValue<Format>(kind, index, out);
    }
    if (out === 0) return stopFor(isNul(kind) ? PROBLEM_NUL : PROBLEM_DOUBT, index);
    if (isText<Format>()) store<u8>(out++, <u8>(index < last ? TAB : LINE_FEED));
  }
  consumed = at;
  if (format.terminatorBytes === 0 ? endBytes === 2 : endsWithCarriageReturn(start, at)) carriageReturns++;
  if (hasForeignEscape) foreignEscapes++;
  return out;
}

/** Before the LF that ends records: with CRLF as line end it would be no part of the last value. */
function endsWithCarriageReturn(start: usize, end: usize): bool {
  if (format.terminatorBytes !== 1 || end - start < 2 || <u32>load<u8>(TERMINATOR) !== LINE_FEED) return false;
  return <u32>load<u8>(end - 2) === CARRIAGE_RETURN;
}

/** The address behind the end of a field that is its record's last, or does not end with a delimiter of one byte; 0, and maybe a problem, elsewhere. */
function behindEnd(at: usize, end: usize, index: i32): usize {
  const isLast = index === format.columns - 1;
  if (format.hasLongEnds) {
    if (foundEnd === DELIMITER_END) return isLast ? behindLastDelimiter(next, end, index) : next;
    if (foundEnd === CARRIAGE_RETURN_END) return stopFor(PROBLEM_CARRIAGE_RETURN, index);
    return isLast ? behindRecord(next, index) : stopFor(PROBLEM_TOO_FEW_FIELDS, index);
  }
  if (isLast && <u32>load<u8>(at) === format.delimiter) return behindLastDelimiter(at + 1, end, index);
  const found = recordEndAt(at, end);
  if (found === RECORD_END) return isLast ? behindRecord(at + endBytes, index) : stopFor(PROBLEM_TOO_FEW_FIELDS, index);
  return found === MAYBE_END ? 0 : stopFor(PROBLEM_CARRIAGE_RETURN, index);
}

/** The address behind a record without a delimiter at its end: with one expected, its last value is cut off or a field is missing. */
function behindRecord(behind: usize, index: i32): usize {
  return format.trailingDelimiter ? stopFor(PROBLEM_NO_DELIMITER_AT_END, index) : behind;
}

/** The address behind the record, where a delimiter is expected at its end. */
function behindLastDelimiter(at: usize, end: usize, index: i32): usize {
  const found = at < end ? recordEndAt(at, end) : MAYBE_END;
  if (found === MAYBE_END) return 0;
  if (found === NO_END) return stopFor(PROBLEM_TOO_MANY_FIELDS, index);
  return format.trailingDelimiter ? at + endBytes : stopFor(PROBLEM_DELIMITER_AT_END, index);
}

function stopFor(reason: i32, index: i32): usize {
  problem = reason;
  problemColumn = index;
  valueStart = from;
  valueEnd = to;
  return 0;
}

/** Puts the host's answer for the field, if there is one, in its place; returns the kind by which it is written then. */
function takeAnswer(kind: i32, index: i32): i32 {
  const answer = <usize>load<u32>(ANSWERS + (index << 3));
  if (answer === 0) return kind;
  if (answer === AS_NULL) replaceByNull();
  else if (answer !== AS_READ) replaceField(answer, <usize>load<u32>(ANSWERS + (index << 3) + 4));
  // A text is settled by any answer; a value that is not text must still be made bytes of.
  return format.isText || kind === KIND_BOUNDED ? KIND_TEXT : kind;
}

/** The length of NULL. */
function writeNull(out: usize): usize {
  store<i32>(out, -1);
  return out + 4;
}
