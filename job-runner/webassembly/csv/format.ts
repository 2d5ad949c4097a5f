import { BACKSLASH_IS_DATA, NO_BYTE } from '../abi';
import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED } from './characters';

export let columns: i32 = 0;
export let delimiter: u32 = 0;
/** `NO_BYTE` where nothing is quoted. */
export let quote: u32 = 0;
/** The quote, or `NO_BYTE` where a quoted field may be NULL: then it cannot be copied as it is read. */
export let copiedQuote: u32 = 0;
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
/** A quoted field that is spelled like the null marker is NULL, too. */
export let quotedNull: bool = false;
/** Each record has a delimiter behind its last field. */
export let trailingDelimiter: bool = false;
/** Latin-1 becomes UTF-8; the bytes of other encodings stay as they are. */
export let isLatin1: bool = false;

/**
 * The formats as types. The compiler inlines a function that is used once, and one with a type argument exists once for each of them: so the
 * innermost functions have `Format` as such. A call, or a test of the format, for each value costs a tenth of the time.
 */
export type Binary = u8;
export type Text = u16;

/** What the columns are and the null marker are written into the memory by the host. */
export function setFormat(
  newColumns: i32,
  newDelimiter: u32,
  newQuote: u32,
  newEscape: u32,
  newBackslash: i32,
  newNullMarkerBytes: i32,
  newFamily: i32,
  newQuotedNull: bool,
  newTrailingDelimiter: bool,
  newIsText: bool,
  newIsLatin1: bool,
): void {
  columns = newColumns;
  delimiter = newDelimiter;
  quote = newQuote;
  copiedQuote = newQuotedNull ? NO_BYTE : newQuote;
  escape = newEscape;
  backslash = newBackslash;
  special = newBackslash === BACKSLASH_IS_DATA ? newDelimiter : BACKSLASH;
  nullMarkerBytes = newNullMarkerBytes;
  family = newFamily;
  quotedNull = newQuotedNull;
  trailingDelimiter = newTrailingDelimiter;
  isText = newIsText;
  isLatin1 = newIsLatin1;
}

export function endsField(byte: u32): bool {
  return byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
