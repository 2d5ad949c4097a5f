import { FAMILY_NONE, NULL_MARKER } from '../abi';
import { BACKSLASH, BLANK, CARRIAGE_RETURN, COLON, LINE_FEED, TAB } from './characters';
import * as format from './format';
import { TABLES_END } from './tables';

const QUOTE: u32 = 34;
const OPENING_BRACE: u32 = 123;
const CLOSING_BRACE: u32 = 125;

/** For each open object, where its keys begin. */
const BEGINNINGS: usize = TABLES_END;
const MAX_DEPTH = 64;
/** The hashes of the keys of all open objects, 4 bytes each. */
const HASHES: usize = BEGINNINGS + 4 * MAX_DEPTH;
const HASHES_END: usize = HASHES + 4 * 700;
if (HASHES_END + 16 > NULL_MARKER) ERROR('the keys need more memory than is before NULL_MARKER');

/**
 * Whether an object of a JSON text may have a key twice, of which jsonb keeps the last alone. Also true where that is unclear: keys with escapes, very
 * many or very deep ones, and encodings whose characters may have a backslash within. Reads up to 16 bytes beyond.
 */
export function mayRepeatKey(from: usize, to: usize): bool {
  if (format.family !== FAMILY_NONE) return true;
  let depth = 0;
  let top = HASHES;
  for (let at = from; at < to; at++) {
    const byte = <u32>load<u8>(at);
    if (byte === OPENING_BRACE) {
      if (depth === MAX_DEPTH) return true;
      store<u32>(BEGINNINGS + (depth++ << 2), <u32>top);
    } else if (byte === CLOSING_BRACE) {
      if (depth === 0) return false;
      top = <usize>load<u32>(BEGINNINGS + (--depth << 2));
    } else if (byte === QUOTE) {
      const start = at + 1;
      at = stringEnd(start, to);
      if (!isKey(at + 1, to)) continue;
      const key = hashOf(start, at);
      if (key === 0 || top === HASHES_END || depth === 0) return true;
      for (let other = <usize>load<u32>(BEGINNINGS + ((depth - 1) << 2)); other < top; other += 4)
        if (load<u32>(other) === key) return true;
      store<u32>(top, key);
      top += 4;
    }
  }
  return false;
}

/** The address of the quote that closes a string, or `to`. */
function stringEnd(at: usize, to: usize): usize {
  while (at < to) {
    const block = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(i8x16.eq(block, i8x16.splat(<i8>QUOTE)), i8x16.eq(block, i8x16.splat(<i8>BACKSLASH))),
    );
    if (found === 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    if (at >= to || <u32>load<u8>(at) === QUOTE) break;
    at += 2;
  }
  return min(at, to);
}

/** Whether a colon follows. */
function isKey(at: usize, to: usize): bool {
  for (; at < to; at++) {
    const byte = <u32>load<u8>(at);
    if (byte === COLON) return true;
    if (byte !== BLANK && byte !== LINE_FEED && byte !== TAB && byte !== CARRIAGE_RETURN) return false;
  }
  return false;
}

/** FNV-1a; 0 where the key has an escape. */
function hashOf(from: usize, to: usize): u32 {
  let hash: u32 = 2166136261;
  for (; from < to; from++) {
    const byte = <u32>load<u8>(from);
    if (byte === BACKSLASH) return 0;
    hash = (hash ^ byte) * 16777619;
  }
  return hash;
}
