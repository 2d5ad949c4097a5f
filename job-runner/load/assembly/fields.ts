import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED } from './characters';
import * as settings from './settings';

/** The address of the first delimiter, line end or backslash from `at` on, or `end`. Reads up to 16 bytes beyond `end`. */
export function fieldEnd(at: usize, end: usize): usize {
  const delimiter = i8x16.splat(<i8>settings.delimiter);
  while (at < end) {
    const block = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(block, delimiter), i8x16.eq(block, i8x16.splat(<i8>LINE_FEED))),
        v128.or(i8x16.eq(block, i8x16.splat(<i8>CARRIAGE_RETURN)), i8x16.eq(block, i8x16.splat(<i8>BACKSLASH))),
      ),
    );
    if (found !== 0) return min<usize>(at + ctz(found), end);
    at += 16;
  }
  return end;
}

/** What the last `unescape` stood for. */
export let unescaped: u32 = 0;

/** Reads the escape at `at`, as csv-to-text.wat writes them; returns the address after it, or 0 where it is not whole before `end`. */
export function unescape(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  const letter = <u32>load<u8>(at + 1);
  // \ooo
  if (letter - 48 < 8) {
    if (at + 3 >= end) return 0;
    unescaped = ((letter - 48) << 6) | ((<u32>load<u8>(at + 2) - 48) << 3) | (<u32>load<u8>(at + 3) - 48);
    return at + 4;
  }
  unescaped = letter === 110 ? LINE_FEED : letter === 114 ? CARRIAGE_RETURN : letter;
  return at + 2;
}

/** Writes the bytes as UTF-8; returns the end of them. Writes up to 16 bytes beyond. */
export function writeText(from: usize, to: usize, out: usize): usize {
  while (from < to) {
    const block = v128.load(from);
    v128.store(out, block);
    const others = settings.isLatin1 === 0 ? 0 : i8x16.bitmask(block);
    const plain = min<usize>(ctz(others | (1 << 16)), to - from);
    from += plain;
    out += plain;
    if (plain === 16 || from === to) continue;
    // U+0080 to U+00FF: 110xxxxx 10xxxxxx
    const character = <u32>load<u8>(from++);
    store<u16>(out, <u16>(0x80c0 | (character >> 6) | ((character & 0x3f) << 8)));
    out += 2;
  }
  return out;
}
