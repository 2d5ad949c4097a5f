import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import * as settings from './settings';

/** Where the bytes of the field that was read last lie, without its quotes. */
export let from: usize = 0;
export let to: usize = 0;
/** Whether any of it was quoted. */
export let isQuoted: bool = false;

/**
 * Reads the field at `at` as CopyReadAttributesCSV() in PostgreSQL's copyfromparse.c does; returns the address of the delimiter or line end behind it, or
 * 0 where it is not whole before `end`. Reads up to 16 bytes beyond `end`.
 */
export function readField(at: usize, end: usize): usize {
  const opens = <u32>load<u8>(at) === settings.quote;
  const last = opens ? closingQuote(at + 1, end) : plainEnd(at, end);
  if (last >= end) return 0;
  const next = opens ? last + 1 : last;
  if (next >= end) return 0;
  if (!endsField(<u32>load<u8>(next)) || (opens && <u32>load<u8>(last) !== settings.quote)) return readParts(at, end);
  from = opens ? at + 1 : at;
  to = last;
  isQuoted = opens;
  return next;
}

/** The address of the first quote or escape from `at` on, or `end`. */
function closingQuote(at: usize, end: usize): usize {
  const quote = i8x16.splat(<i8>settings.quote);
  const escape = i8x16.splat(<i8>settings.escape);
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
  const delimiter = i8x16.splat(<i8>settings.delimiter);
  const quote = i8x16.splat(<i8>(settings.quote === settings.NOTHING ? settings.delimiter : settings.quote));
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

export function endsField(letter: u32): bool {
  return letter === settings.delimiter || letter === LINE_FEED || letter === CARRIAGE_RETURN;
}

/** A field with quotes or escapes in it: what it comes to is put together elsewhere. */
function readParts(at: usize, end: usize): usize {
  let inside = false;
  from = settings.scratch;
  to = from;
  isQuoted = false;
  for (; at < end; at++) {
    const letter = <u32>load<u8>(at);
    if (!inside) {
      if (endsField(letter)) return at;
      inside = letter === settings.quote;
      if (inside) isQuoted = true;
      else store<u8>(to++, <u8>letter);
      continue;
    }
    if (letter === settings.escape) {
      if (at + 1 === end) return 0;
      const next = <u32>load<u8>(at + 1);
      if (next === settings.quote || next === settings.escape) {
        store<u8>(to++, <u8>next);
        at++;
        continue;
      }
    }
    if (letter === settings.quote) inside = false;
    else store<u8>(to++, <u8>letter);
  }
  return 0;
}
