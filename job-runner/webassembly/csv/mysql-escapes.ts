import { BACKSLASH_ESCAPES } from '../abi';
import { CAPITAL_Z, CARRIAGE_RETURN, LINE_FEED, SMALL_N, SMALL_R, SMALL_T, TAB, ZERO } from './characters';
import { noteEscape } from './foreign-escapes';
import * as format from './format';

/** What a byte behind a backslash is to MySQL: https://dev.mysql.com/doc/refman/9.4/en/load-data.html#load-data-field-line-handling */
export function escapedBy(byte: u32): u32 {
  if (format.backslash !== BACKSLASH_ESCAPES) return byte;
  if (byte === ZERO) return 0;
  if (byte === 98) return 8;
  if (byte === SMALL_N) return LINE_FEED;
  if (byte === SMALL_R) return CARRIAGE_RETURN;
  if (byte === SMALL_T) return TAB;
  if (byte === CAPITAL_Z) return 26;
  noteEscape(byte);
  return byte;
}
