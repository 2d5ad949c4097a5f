import {
  AS_THEY_ARE,
  BACKSLASH_IS_DATA,
  BINARY_EXPANSION,
  BITS_NUMBER,
  BOUNDS,
  COLUMN_CHARACTERS,
  DELIMITER,
  FAMILY_NONE,
  KIND_BITS,
  KIND_BASE64_BITS,
  KINDS,
  NO_BYTE,
  TERMINATOR,
  TEXT_EXPANSION,
} from '../abi';
import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED } from './characters';

export let columns: i32 = 0;
/** `NO_BYTE` where ends.ts tells where a field ends. */
export let delimiter: u32 = 0;
export let delimiterBytes: usize = 0;
/** 0 for LF or CRLF. */
export let terminatorBytes: usize = 0;
/** The bytes with which a record's end may begin: LF and CR, or twice the terminator's first one. */
export let lineEnd: u32 = LINE_FEED;
export let otherLineEnd: u32 = CARRIAGE_RETURN;
/** Fields but a record's last may have record ends in them. */
export let lineEndsInFields: bool = false;
/** Fields end as ends.ts says, and not with one byte, a line end or a terminator of one byte. */
export let hasLongEnds: bool = false;
/** A field may end with several bytes, or have characters of several bytes that look like an end: it is not read in blocks. */
export let isReadInSteps: bool = false;
/** A text of one NUL byte is the empty one. */
export let nulIsEmpty: bool = false;
/** `NO_BYTE` where nothing is quoted. */
export let quote: u32 = 0;
/** The quote, or `NO_BYTE` where a quoted field may be NULL, or has a long end: then it cannot be copied as it is read. */
export let copiedQuote: u32 = 0;
/** A field without quotes ends with one byte, so that it can be copied as it is read. */
export let isCopiedPlain: bool = false;
/** The quote itself where quotes are doubled. */
export let escape: u32 = 0;
/** One of `BACKSLASH_…`. */
export let backslash: i32 = 0;
/** The backslash, unless it is data: then the delimiter once more. */
export let special: u32 = 0;
export let nullMarkerBytes: i32 = 0;
/** One of `FAMILY_…`. */
export let family: i32 = 0;
/** Rows of COPY's text format, else of its binary one. */
export let isText: bool = false;
/** The most bytes of output for each byte of input. */
export let expansion: usize = 0;
/** A quoted field that is spelled like the null marker is NULL, too. */
export let quotedNull: bool = false;
/** Each record has a delimiter behind its last field. */
export let trailingDelimiter: bool = false;
/** The table of the characters that bytes from 0x80 on become, or `AS_THEY_ARE`. */
export let characters: usize = AS_THEY_ARE;
/** The table is another one for some columns. */
export let hasColumnEncodings: bool = false;

/**
 * The formats as types. The compiler inlines a function that is used once, and one with a type argument exists once for each of them: so the
 * innermost functions have `Format` as such. A call, or a test of the format, for each value costs a tenth of the time.
 */
export type Binary = u8;
export type Text = u16;

/** What the columns are, the delimiter, the record terminator and the null marker are written into the memory by the host. */
export function setFormat(
  newColumns: i32,
  newDelimiterBytes: i32,
  newTerminatorBytes: i32,
  newLineEndsInFields: bool,
  newQuote: u32,
  newEscape: u32,
  newBackslash: i32,
  newNullMarkerBytes: i32,
  newFamily: i32,
  newQuotedNull: bool,
  newNulIsEmpty: bool,
  newTrailingDelimiter: bool,
  newIsText: bool,
  newCharacters: usize,
  newHasColumnEncodings: bool,
): void {
  columns = newColumns;
  delimiterBytes = newDelimiterBytes;
  terminatorBytes = newTerminatorBytes;
  lineEnd = terminatorBytes === 0 ? LINE_FEED : <u32>load<u8>(TERMINATOR);
  otherLineEnd = terminatorBytes === 0 ? CARRIAGE_RETURN : lineEnd;
  lineEndsInFields = newLineEndsInFields;
  hasLongEnds = delimiterBytes > 1 || terminatorBytes > 1 || lineEndsInFields;
  const first = <u32>load<u8>(DELIMITER);
  delimiter = hasLongEnds ? NO_BYTE : first;
  nulIsEmpty = newNulIsEmpty;
  quote = newQuote;
  copiedQuote = newQuotedNull || hasLongEnds ? NO_BYTE : newQuote;
  escape = newEscape;
  backslash = newBackslash;
  special = newBackslash === BACKSLASH_IS_DATA ? first : BACKSLASH;
  nullMarkerBytes = newNullMarkerBytes;
  family = newFamily;
  isReadInSteps = hasLongEnds || family !== FAMILY_NONE;
  isCopiedPlain = !isReadInSteps;
  quotedNull = newQuotedNull;
  trailingDelimiter = newTrailingDelimiter;
  isText = newIsText;
  expansion = isText ? textExpansion() : BINARY_EXPANSION;
  characters = newCharacters;
  hasColumnEncodings = newHasColumnEncodings;
}

/** One digit and its delimiter may become all bits of a number, and one more character. */
function textExpansion(): usize {
  let most = TEXT_EXPANSION;
  for (let index = 0; index < columns; index++) {
    const kind = <i32>load<u8>(KINDS + index);
    if (kind < KIND_BITS || kind > KIND_BASE64_BITS) continue;
    most = max<usize>(most, ((load<u32>(BOUNDS + (index << 2)) & BITS_NUMBER) + 3) >> 1);
  }
  return most;
}

export function useCharactersOf(column: i32): void {
  characters = <usize>load<u32>(COLUMN_CHARACTERS + (column << 2));
}

export function endsField(byte: u32): bool {
  return byte === delimiter || byte === lineEnd || byte === otherLineEnd;
}
