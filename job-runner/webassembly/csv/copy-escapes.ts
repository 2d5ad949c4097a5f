/** The escapes of COPY's text format: https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS-TEXT-FORMAT */
import { CAPITAL_N, CARRIAGE_RETURN, LINE_FEED, SMALL_N, SMALL_R, SMALL_T, SMALL_X, TAB, ZERO } from './characters';
import { noteEscape } from './foreign-escapes';

/** The byte that the last escape stands for. */
export let escapedByte: u32 = 0;

/** Reads what stands behind a backslash; returns the address behind it, or 0 where it is not whole before `end`. */
export function readCopyEscape(at: usize, end: usize): usize {
  const letter = <u32>load<u8>(at++);
  escapedByte = letter;
  if (letter - ZERO < 8) return readDigitsOf(8, 3, at - 1, end);
  if (letter === SMALL_X) {
    if (at >= end) return 0;
    // Without digits the letter stands for itself.
    if (digitOf(<u32>load<u8>(at)) < 16) return readDigitsOf(16, 2, at, end);
    noteEscape(letter);
    return at;
  }
  if (letter === 98) escapedByte = 8;
  else if (letter === 102) escapedByte = 12;
  else if (letter === SMALL_N) escapedByte = LINE_FEED;
  else if (letter === SMALL_R) escapedByte = CARRIAGE_RETURN;
  else if (letter === SMALL_T) escapedByte = TAB;
  else if (letter === 118) escapedByte = 11;
  else if (letter !== CAPITAL_N) noteEscape(letter);
  return at;
}

/** So many digits at most. */
function readDigitsOf(base: u32, most: i32, at: usize, end: usize): usize {
  let value: u32 = 0;
  for (let count = 0; count < most; count++, at++) {
    if (at >= end) return 0;
    const digit = digitOf(<u32>load<u8>(at));
    if (digit >= base) break;
    value = value * base + digit;
  }
  escapedByte = value & 255;
  return at;
}

function digitOf(letter: u32): u32 {
  if (letter - ZERO < 10) return letter - ZERO;
  const lower = letter | 32;
  return lower - 97 < 6 ? lower - 87 : 16;
}
