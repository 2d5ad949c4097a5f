import { BACKSLASH, LINE_FEED, SMALL_N, SMALL_T, TAB } from '../csv/characters';

/** Copies bytes, with a backslash before what has a meaning in a DAT file; returns the end of it. Reads and writes up to 15 bytes too many. */
export function copyEscaped(from: usize, bytes: usize, out: usize): usize {
  const stop = from + bytes;
  while (from < stop) {
    const block = v128.load(from);
    v128.store(out, block);
    const found = i8x16.bitmask(
      v128.or(
        i8x16.eq(block, i8x16.splat(<i8>BACKSLASH)),
        v128.or(i8x16.eq(block, i8x16.splat(<i8>TAB)), i8x16.eq(block, i8x16.splat(<i8>LINE_FEED))),
      ),
    );
    const plain = min<usize>(ctz(found | (1 << 16)), stop - from);
    from += plain;
    out += plain;
    if (plain === 16 || from === stop) continue;
    const byte = <u32>load<u8>(from++);
    store<u8>(out, <u8>BACKSLASH);
    store<u8>(out + 1, <u8>(byte === TAB ? SMALL_T : byte === LINE_FEED ? SMALL_N : BACKSLASH));
    out += 2;
  }
  return out;
}
