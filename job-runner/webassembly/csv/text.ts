/**
 * CSV, as COPY reads it, into COPY's text format: quotes are removed, and what the text format would misread is
 * escaped.
 * https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 *
 * 16 bytes at a time: bit masks show where quotes are, a prefix XOR of them which bytes lie within quotes, and a table
 * of shuffles closes the gaps that the quotes leave (as simdjson's `minify` does). A block with anything out of the
 * ordinary goes byte by byte.
 */
import { NO_BYTE, NO_ROOM, TEXT_MARGIN_BYTES } from '../abi';
import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED } from './characters';
import * as format from './format';
import { countRecords } from './progress';
import { SHUFFLES } from './tables';
import * as bytes from './text-bytes';

/** Converts the bytes from start to end; returns where the output ends, or `NO_ROOM`. */
export function toText(start: usize, end: usize, output: usize, outputEnd: usize): usize {
  bytes.beginOutput(output);
  const limit = outputEnd - TEXT_MARGIN_BYTES;
  const quoting = format.quote === NO_BYTE ? 0 : 0xffff;
  const quote = i8x16.splat(<i8>format.quote);
  const escape = i8x16.splat(<i8>(format.escape === format.quote ? BACKSLASH : format.escape));
  const delimiter = i8x16.splat(<i8>format.delimiter);
  const marker = i8x16.splat(<i8>format.nullMarkerStart());
  let out = output;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    if (out > limit) return NO_ROOM;
    const block = v128.load(at);
    const quotes = quoting & i8x16.bitmask(i8x16.eq(block, quote));
    const lineFeeds = i8x16.bitmask(i8x16.eq(block, i8x16.splat(<i8>LINE_FEED)));
    const ends = lineFeeds | i8x16.bitmask(i8x16.eq(block, delimiter));
    const inside = (prefixXor(quotes) ^ bytes.inside) & 0xffff;
    const opening = quotes & inside;
    const closing = quotes & ~inside;
    // Backslashes, escapes and carriage returns,
    let odd = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(block, i8x16.splat(<i8>BACKSLASH)), i8x16.eq(block, escape)),
        i8x16.eq(block, i8x16.splat(<i8>CARRIAGE_RETURN)),
      ),
    );
    // delimiters and line feeds within quotes,
    odd |= ends & inside;
    // opening quotes that follow no delimiter or line feed, such as the second one of two,
    odd |= opening & ~((ends << 1) | bytes.separated);
    // closing quotes before anything else than those,
    odd |= ((closing << 1) | bytes.closed) & 0xffff & ~ends;
    // and quoted fields that begin like the null marker.
    odd |= ((opening << 1) | bytes.opened) & i8x16.bitmask(i8x16.eq(block, marker));
    if ((odd | i32(bytes.escaped) | i32(bytes.disguise)) !== 0) {
      out = bytes.writeBytes(at, at + 16, out);
      continue;
    }
    out = writeHalf(block, quotes & 0xff, out);
    out = writeHalf(
      i8x16.shuffle(block, block, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
      quotes >> 8,
      out,
    );
    bytes.setState((inside >> 15) * 0xffff, opening >> 15, closing >> 15, ends >> 15);
    countRecords(popcnt(lineFeeds));
  }
  return out > limit ? NO_ROOM : bytes.writeBytes(at, end, out);
}

/** For each bit, whether the number of ones up to and including it is odd. */
function prefixXor(bits: i32): i32 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  return bits ^ (bits << 8);
}

/** The first 8 bytes of the block without the quotes. */
function writeHalf(block: v128, quotes: i32, out: usize): usize {
  v128.store_lane<u64>(out, i8x16.swizzle(block, v128.load_zero<u64>(SHUFFLES + ((<usize>quotes) << 3))), 0);
  return out + 8 - popcnt(quotes);
}
