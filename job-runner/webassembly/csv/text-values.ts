import { AS_THEY_ARE, FAMILY_NONE } from '../abi';
import { BACKSLASH, CAPITAL_N, CARRIAGE_RETURN, LINE_FEED, SMALL_N, SMALL_R, SMALL_T, TAB } from './characters';
import * as format from './format';
import { characterBytes } from './multibyte';
import { writeCharacter } from './texts';

/** https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS-TEXT-FORMAT */
export function writeTextNull(out: usize): usize {
  return pair(CAPITAL_N, out);
}

/**
 * Writes a value for COPY's text format, at most three times as long; returns the end of it, or 0 where a byte is no character. Reads and writes up
 * to 16 bytes beyond.
 */
export function writeEscaped(from: usize, to: usize, out: usize): usize {
  if (format.family !== FAMILY_NONE) return writeCharacters(from, to, out);
  const others = i8x16.splat(format.characters !== AS_THEY_ARE ? -128 : 0);
  while (from < to) {
    const block = v128.load(from);
    v128.store(out, block);
    const escaped = v128.or(
      v128.or(i8x16.eq(block, i8x16.splat(<i8>BACKSLASH)), i8x16.eq(block, i8x16.splat(<i8>TAB))),
      v128.or(i8x16.eq(block, i8x16.splat(<i8>LINE_FEED)), i8x16.eq(block, i8x16.splat(<i8>CARRIAGE_RETURN))),
    );
    const found = i8x16.bitmask(v128.or(escaped, v128.and(block, others)));
    const plain = min<usize>(ctz(found | (1 << 16)), to - from);
    from += plain;
    out += plain;
    if (plain === 16 || from === to) continue;
    const byte = <u32>load<u8>(from++);
    out = byte < 0x80 ? writeByte(byte, out) : writeCharacter(byte, out);
    if (out === 0) return 0;
  }
  return out;
}

/** PostgreSQL steps over whole characters, so their bytes are not escaped, whatever they look like. */
function writeCharacters(from: usize, to: usize, out: usize): usize {
  while (from < to) {
    const bytes = min<usize>(characterBytes(from, to), to - from);
    if (bytes === 1) out = writeByte(<u32>load<u8>(from), out);
    else {
      memory.copy(out, from, bytes);
      out += bytes;
    }
    from += bytes;
  }
  return out;
}

function writeByte(byte: u32, out: usize): usize {
  if (byte === BACKSLASH) return pair(BACKSLASH, out);
  if (byte === TAB) return pair(SMALL_T, out);
  if (byte === LINE_FEED) return pair(SMALL_N, out);
  if (byte === CARRIAGE_RETURN) return pair(SMALL_R, out);
  store<u8>(out, <u8>byte);
  return out + 1;
}

/** A backslash and the letter. */
function pair(letter: u32, out: usize): usize {
  store<u16>(out, <u16>(BACKSLASH | (letter << 8)));
  return out + 2;
}
