import { NO_BYTE, NULL_MARKER } from '../abi';
import { CARRIAGE_RETURN, LINE_FEED } from './characters';

export let columns: i32 = 0;
export let delimiter: u32 = 0;
/** `NO_BYTE` where nothing is quoted. */
export let quote: u32 = 0;
/** The quote itself where quotes are doubled. */
export let escape: u32 = 0;
export let nullMarkerBytes: i32 = 0;
/** Latin-1 becomes UTF-8; the bytes of other encodings stay as they are. */
export let isLatin1: bool = false;

/** The kinds of the columns and the null marker are written into the memory by the host. */
export function setFormat(
  newColumns: i32,
  newDelimiter: u32,
  newQuote: u32,
  newEscape: u32,
  newNullMarkerBytes: i32,
  newIsLatin1: bool,
): void {
  columns = newColumns;
  delimiter = newDelimiter;
  quote = newQuote;
  escape = newEscape;
  nullMarkerBytes = newNullMarkerBytes;
  isLatin1 = newIsLatin1;
}

/** The first byte of the null marker, or `NO_BYTE`. */
export function nullMarkerStart(): u32 {
  return nullMarkerBytes === 0 ? NO_BYTE : <u32>load<u8>(NULL_MARKER);
}

export function endsField(byte: u32): bool {
  return byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
