import {
  BACKSLASH_ESCAPES,
  BACKSLASH_IS_DATA,
  BACKSLASH_IS_REFUSED,
  BACKSLASH_OF_COPY,
  DELIMITER,
  FAMILY_NONE,
  NO_BYTE,
  NO_PROBLEM,
  NULL_MARKER,
  PROBLEM_BACKSLASH,
  PROBLEM_END_OF_DATA,
  PROBLEM_TEXT_BEHIND_QUOTE,
  SCRATCH,
  TERMINATOR,
} from '../abi';
import { BACKSLASH, BLANK, DOT } from './characters';
import { escapedByte, readCopyEscape } from './copy-escapes';
import { DELIMITER_END, endAt, endBytes, MAYBE_END, NO_END } from './ends';
import * as format from './format';
import { escapedBy } from './mysql-escapes';
import { closingQuote, plainEnd } from './scan';
import { beginScratch, copyCharacter, copyRun, put, scratchEnd } from './scratch';

/** Where the bytes of the field that was read last lie, without its quotes and escapes. */
export let from: usize = 0;
export let to: usize = 0;
/** One of `PROBLEM_…`, where `readField` returned 0 for it. */
export let problem: i32 = NO_PROBLEM;
/** The address of the byte that is the problem. */
export let problemAt: usize = 0;
/** How the field was written: the sum of these. */
let form: i32 = 0;
const PLAIN = 0;
const QUOTED = 1;
/** It has escapes or characters of several bytes, and its value was put together elsewhere. */
const COPIED = 2;
/** Another spelling, from the host. */
const ANSWERED = 4;
/** Where a copied field stands in the input. */
let rawFrom: usize = 0;
let rawTo: usize = 0;
/** Whether the field is its record's last. */
let isLast: bool = false;
/** Where fields have long ends: what `endAt` says of this field's, and the address behind it. */
export let foundEnd: i32 = NO_END;
export let next: usize = 0;

export function beginFields(): void {
  problem = NO_PROBLEM;
}

/**
 * Reads the field at `at`; returns the address of the delimiter or line end behind it, or 0 where it is not whole before `end`, or has a
 * problem. A quote quotes only as the first byte of a field; elsewhere without quotes it is data. Reads up to 16 bytes beyond `end`.
 */
export function readField(at: usize, end: usize, isLastField: bool): usize {
  const isQuoted = <u32>load<u8>(at) === format.quote;
  if (format.isReadInSteps) {
    isLast = isLastField;
    if (isQuoted) return readQuoted(at, end);
    return format.family === FAMILY_NONE ? readToLongEnd(at, end) : readUnquoted(at, end);
  }
  if (isQuoted) {
    const last = closingQuote(at + 1, end);
    if (last + 1 >= end) return 0;
    if (<u32>load<u8>(last) !== format.quote || !format.endsField(<u32>load<u8>(last + 1))) return readQuoted(at, end);
    form = QUOTED;
    from = at + 1;
    to = last;
    return last + 1;
  }
  const stop = plainEnd(at, end);
  if (stop >= end) return 0;
  if (!format.endsField(<u32>load<u8>(stop))) return readUnquoted(at, end);
  form = PLAIN;
  from = at;
  to = stop;
  return stop;
}

/** Whether the length is that of the null marker, which settles it for most values. */
export function mayBeNull(): bool {
  return <i32>(to - from) === format.nullMarkerBytes || (form & COPIED) !== 0;
}

/** A field without quotes, up to an end that may have several bytes. */
function readToLongEnd(at: usize, end: usize): usize {
  const hasBackslashes = format.backslash !== BACKSLASH_IS_DATA;
  for (let stop = plainEnd(at, end); stop < end; stop = plainEnd(stop + 1, end)) {
    if (hasBackslashes && <u32>load<u8>(stop) === format.special) return readUnquoted(at, end);
    const found = isEnd(stop, end);
    if (found === MAYBE_END) return 0;
    if (found === NO_END) continue;
    form = PLAIN;
    setField(at, stop);
    return stop;
  }
  return 0;
}

/** `NO_END`, `MAYBE_END` or any other number where the field may end at this address. */
function isEnd(at: usize, end: usize): i32 {
  if (!format.hasLongEnds) return format.endsField(<u32>load<u8>(at)) ? DELIMITER_END : NO_END;
  foundEnd = endAt(at, end, isLast);
  next = at + endBytes;
  return foundEnd;
}

/** A value is NULL if it is spelled like the marker and, unless the format has it otherwise, not quoted. */
export function isNull(): bool {
  return form !== ANSWERED && ((form & QUOTED) === 0 || format.quotedNull) && isMarker();
}

/** Whether the field is the marker in quotes, with an escape in it, as in "\\N": NULL to LOAD DATA, and no server writes the letter so. */
export function isEscapedMarker(): bool {
  const hasEscape = <i32>(to - from) !== format.nullMarkerBytes;
  return form === (QUOTED | COPIED) && hasEscape && !format.quotedNull && isMarker();
}

function isMarker(): bool {
  const isCopied = (form & COPIED) !== 0;
  const start = isCopied ? rawFrom : from;
  const stop = isCopied ? rawTo : to;
  return (
    <i32>(stop - start) === format.nullMarkerBytes && memory.compare(start, NULL_MARKER, format.nullMarkerBytes) === 0
  );
}

/** The host's spelling takes the place of the field that was read. */
export function replaceField(newFrom: usize, newTo: usize): void {
  form = ANSWERED;
  setField(newFrom, newTo);
}

/** The field that was read is NULL, however it is spelled. */
export function replaceByNull(): void {
  form = PLAIN;
  setField(NULL_MARKER, NULL_MARKER + format.nullMarkerBytes);
}

function setField(newFrom: usize, newTo: usize): void {
  from = newFrom;
  to = newTo;
}

/** A field that is quoted and has quotes or escapes in it: its value is put together elsewhere. */
function readQuoted(at: usize, end: usize): usize {
  form = QUOTED | COPIED;
  rawFrom = at + 1;
  const doubles = format.escape === format.quote || format.backslash === BACKSLASH_ESCAPES;
  beginScratch();
  for (at++; at < end;) {
    if (format.family === FAMILY_NONE) {
      at = copyRun(at, closingQuote(at, end));
      if (at >= end) return 0;
    }
    const byte = <u32>load<u8>(at);
    if (byte === format.escape || byte === format.quote) {
      if (at + 1 >= end) return 0;
      const second = <u32>load<u8>(at + 1);
      if (byte === format.escape && byte !== format.quote) {
        const escapes = format.backslash === BACKSLASH_ESCAPES || second === format.quote || second === format.escape;
        put(escapes ? escapedBy(second) : byte);
        at += escapes ? 2 : 1;
      } else if (doubles && second === format.quote) {
        put(byte);
        at += 2;
      } else {
        const found = isEnd(at + 1, end);
        if (found === NO_END) return stopAt(at + 1, PROBLEM_TEXT_BEHIND_QUOTE);
        rawTo = at;
        setField(SCRATCH, scratchEnd);
        return found === MAYBE_END ? 0 : at + 1;
      }
    } else {
      at = copyCharacter(at, end);
      if (at === 0) return 0;
    }
  }
  return 0;
}

function readUnquoted(at: usize, end: usize): usize {
  form = COPIED;
  rawFrom = at;
  beginScratch();
  while (at < end) {
    if (!format.isReadInSteps) {
      at = copyRun(at, plainEnd(at, end));
      if (at >= end) return 0;
    }
    const byte = <u32>load<u8>(at);
    const found = isEnd(at, end);
    if (found === MAYBE_END) return 0;
    if (found !== NO_END) {
      rawTo = at;
      setField(SCRATCH, isEmptyOfInformix() ? SCRATCH : scratchEnd);
      return at;
    }
    // Where a backslash is data, what is special for the scan is the first byte of the delimiter.
    if (byte !== format.special || format.backslash === BACKSLASH_IS_DATA) {
      at = copyCharacter(at, end);
      if (at === 0) return 0;
      continue;
    }
    if (at + 1 >= end) return 0;
    if (format.backslash === BACKSLASH_OF_COPY && <u32>load<u8>(at + 1) === DOT) return stopAt(at, PROBLEM_END_OF_DATA);
    if (format.backslash === BACKSLASH_IS_REFUSED && !isMarkerAt(at, end)) return stopAt(at, PROBLEM_BACKSLASH);
    if (format.backslash === BACKSLASH_OF_COPY) {
      at = readCopyEscape(at + 1, end);
      if (at === 0) return 0;
      put(escapedByte);
      continue;
    }
    put(escapedBy(<u32>load<u8>(at + 1)));
    at += 2;
  }
  return 0;
}

/**
 * Whether the field is a backslash and a blank, as Informix writes the empty string where nothing is NULL. To others that is an escaped blank, which
 * they need only where an end of fields or records begins with one. https://www.ibm.com/docs/en/informix-servers/14.10?topic=statement-unload-file
 */
function isEmptyOfInformix(): bool {
  if (format.backslash !== BACKSLASH_ESCAPES || format.nullMarkerBytes !== 0 || format.quote !== NO_BYTE) return false;
  if (rawTo - rawFrom !== 2) return false;
  if (<u32>load<u8>(rawFrom) !== BACKSLASH || <u32>load<u8>(rawFrom + 1) !== BLANK) return false;
  return <u32>load<u8>(DELIMITER) !== BLANK && (format.terminatorBytes === 0 || <u32>load<u8>(TERMINATOR) !== BLANK);
}

function stopAt(at: usize, reason: i32): usize {
  problem = reason;
  problemAt = at;
  return 0;
}

/** Whether the field is the null marker, which may have the backslash. */
function isMarkerAt(at: usize, end: usize): bool {
  const stop = rawFrom + format.nullMarkerBytes;
  return (
    at < stop &&
    stop < end &&
    isEnd(stop, end) !== NO_END &&
    memory.compare(rawFrom, NULL_MARKER, format.nullMarkerBytes) === 0
  );
}
