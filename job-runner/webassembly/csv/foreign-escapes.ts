/**
 * Backslashes before characters that no exporter escapes, as in C:\data or \d{3}: the file has backslashes as data. LOAD DATA and COPY read such a
 * pair as its character alone, and so does a load, which must say so.
 */
import { DELIMITER, TERMINATOR } from '../abi';
import { BACKSLASH, BLANK } from './characters';
import * as format from './format';

const DELETE: u32 = 127;
const DOUBLE_QUOTE: u32 = 34;
const SINGLE_QUOTE: u32 = 39;
const BACK_TICK: u32 = 96;

/** Whether the fields that were read since `forgetEscapes` have one. */
export let hasForeignEscape: bool = false;

export function forgetEscapes(): void {
  hasForeignEscape = false;
}

/** `byte` stands behind a backslash, and is no letter of an escape. */
export function noteEscape(byte: u32): void {
  if (byte <= BLANK || byte >= DELETE || byte === BACKSLASH) return;
  if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE || byte === BACK_TICK || byte === format.quote) return;
  if (byte === <u32>load<u8>(DELIMITER)) return;
  if (format.terminatorBytes !== 0 && byte === <u32>load<u8>(TERMINATOR)) return;
  hasForeignEscape = true;
}
