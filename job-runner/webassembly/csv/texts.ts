import { AS_THEY_ARE, NULL_MARKER } from '../abi';
import * as format from './format';

/** Where the output of the last `copyQuoted` ends. */
export let copied: usize = 0;

/**
 * Copies a quoted field, length and value, in one pass, which most texts allow. Returns the address of the delimiter or
 * line end behind it, or 0 if it has an escape, a quote or a character that UTF-8 writes differently, is one NUL byte, or is not
 * complete before `end`. Reads and writes up to 16 bytes too many.
 */
export function copyQuoted(at: usize, end: usize, out: usize): usize {
  if (<u32>load<u8>(at) !== format.copiedQuote)
    return format.isCopiedPlain && <u32>load<u8>(at) !== format.quote ? copyPlain(at, end, out) : 0;
  const quote = i8x16.splat(<i8>format.quote);
  const escape = i8x16.splat(<i8>format.escape);
  const others = i8x16.splat(format.characters !== AS_THEY_ARE ? -128 : 0);
  const start = out + 4;
  let to = start;
  for (at++; at < end; at += 16, to += 16) {
    const block = v128.load(at);
    v128.store(to, block);
    const found = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(block, quote), i8x16.eq(block, escape)), v128.and(block, others)),
    );
    if (found === 0) continue;
    const last = at + ctz(found);
    if (last + 1 >= end || <u32>load<u8>(last) !== format.quote || !format.endsField(<u32>load<u8>(last + 1))) return 0;
    copied = to + ctz(found);
    if (copied - start === 1 && load<u8>(start) === 0) return 0;
    store<u32>(out, bswap<u32>(<u32>(copied - start)));
    return last + 1;
  }
  return 0;
}

/**
 * The same of a field without quotes. Returns 0 where it has an escape or a character that UTF-8 writes differently, may be NULL or one NUL byte, or
 * is not complete before `end`.
 */
export function copyPlain(at: usize, end: usize, out: usize): usize {
  const delimiter = i8x16.splat(<i8>format.delimiter);
  const special = i8x16.splat(<i8>format.special);
  const lineEnd = i8x16.splat(<i8>format.lineEnd);
  const otherLineEnd = i8x16.splat(<i8>format.otherLineEnd);
  const others = i8x16.splat(format.characters !== AS_THEY_ARE ? -128 : 0);
  const start = out + 4;
  const first = at;
  let to = start;
  for (; at < end; at += 16, to += 16) {
    const block = v128.load(at);
    v128.store(to, block);
    const ends = v128.or(i8x16.eq(block, lineEnd), i8x16.eq(block, otherLineEnd));
    const found = i8x16.bitmask(
      v128.or(v128.or(v128.or(i8x16.eq(block, delimiter), i8x16.eq(block, special)), ends), v128.and(block, others)),
    );
    if (found === 0) continue;
    const stop = at + ctz(found);
    const length = <i32>(stop - first);
    if (stop >= end || !format.endsField(<u32>load<u8>(stop))) return 0;
    if (length === format.nullMarkerBytes && (length === 0 || load<u8>(first) === load<u8>(NULL_MARKER))) return 0;
    if (length === 1 && load<u8>(first) === 0) return 0;
    copied = to + ctz(found);
    store<u32>(out, bswap<u32>(<u32>length));
    return stop;
  }
  return 0;
}

/** Writes length and value as UTF-8; returns the end of it, or 0 where a byte is no character. Reads and writes up to 16 bytes too many. */
export function writeText(from: usize, to: usize, out: usize): usize {
  const end = format.characters !== AS_THEY_ARE ? writeCharacters(from, to, out + 4) : writeBytes(from, to, out + 4);
  store<u32>(out, bswap<u32>(<u32>(end - out - 4)));
  return end;
}

/** Writes the character of a byte from 0x80 on, and up to 3 bytes beyond; returns the end of it, or 0 where the byte has none. */
export function writeCharacter(byte: u32, out: usize): usize {
  const character = load<u32>(format.characters + ((byte & 0x7f) << 2));
  store<u32>(out, character);
  return character === 0 ? 0 : out + (character >>> 24);
}

function writeBytes(from: usize, to: usize, out: usize): usize {
  const end = out + (to - from);
  for (; from < to; from += 16, out += 16) v128.store(out, v128.load(from));
  return end;
}

function writeCharacters(from: usize, to: usize, out: usize): usize {
  while (from < to) {
    const block = v128.load(from);
    v128.store(out, block);
    const plain = min<usize>(ctz(i8x16.bitmask(block) | (1 << 16)), to - from);
    from += plain;
    out += plain;
    if (plain === 16 || from === to) continue;
    out = writeCharacter(<u32>load<u8>(from++), out);
    if (out === 0) return 0;
  }
  return out;
}
