import { NO_BYTE, SCRATCH } from '../abi';
import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import * as format from './format';

/** The bytes of the last field that was read, without its quotes. */
export let from: usize = 0;
export let to: usize = 0;
/** Whether any of it was quoted. */
export let isQuoted: bool = false;

/**
 * Reads the field at `at` as CopyReadAttributesCSV() in PostgreSQL's copyfromparse.c does. Returns the address of the
 * delimiter or line end behind it, or 0 if the field is not complete before `end`. Reads up to 16 bytes behind `end`.
 */
export function readField(at: usize, end: usize): usize {
  const opens = <u32>load<u8>(at) === format.quote;
  const last = opens ? closingQuote(at + 1, end) : plainEnd(at, end);
  if (last >= end) return 0;
  const next = opens ? last + 1 : last;
  if (next >= end) return 0;
  if (!format.endsField(<u32>load<u8>(next)) || (opens && <u32>load<u8>(last) !== format.quote))
    return readParts(at, end);
  from = opens ? at + 1 : at;
  to = last;
  isQuoted = opens;
  return next;
}

/** The address of the first quote or escape from `at` on, or `end`. */
function closingQuote(at: usize, end: usize): usize {
  const quote = i8x16.splat(<i8>format.quote);
  const escape = i8x16.splat(<i8>format.escape);
  while (at < end) {
    const block = v128.load(at);
    const found = i8x16.bitmask(v128.or(i8x16.eq(block, quote), i8x16.eq(block, escape)));
    if (found !== 0) return min<usize>(at + ctz(found), end);
    at += 16;
  }
  return end;
}

/** The address of the first delimiter, line end or quote from `at` on, or `end`. */
function plainEnd(at: usize, end: usize): usize {
  const delimiter = i8x16.splat(<i8>format.delimiter);
  const quote = i8x16.splat(<i8>(format.quote === NO_BYTE ? format.delimiter : format.quote));
  while (at < end) {
    const block = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(block, delimiter), i8x16.eq(block, quote)),
        v128.or(i8x16.eq(block, i8x16.splat(<i8>LINE_FEED)), i8x16.eq(block, i8x16.splat(<i8>CARRIAGE_RETURN))),
      ),
    );
    if (found !== 0) return min<usize>(at + ctz(found), end);
    at += 16;
  }
  return end;
}

/** A field with quotes or escapes in it: its value is put together in the scratch memory. */
function readParts(at: usize, end: usize): usize {
  let inside = false;
  from = SCRATCH;
  to = from;
  isQuoted = false;
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (!inside) {
      if (format.endsField(byte)) return at;
      inside = byte === format.quote;
      if (inside) isQuoted = true;
      else store<u8>(to++, <u8>byte);
      continue;
    }
    if (byte === format.escape) {
      if (at + 1 === end) return 0;
      const next = <u32>load<u8>(at + 1);
      if (next === format.quote || next === format.escape) {
        store<u8>(to++, <u8>next);
        at++;
        continue;
      }
    }
    if (byte === format.quote) inside = false;
    else store<u8>(to++, <u8>byte);
  }
  return 0;
}
