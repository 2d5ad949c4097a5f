import * as input from './input';
import {
  DISTANCE_BITS,
  DISTANCE_TABLE,
  IS_END,
  IS_FURTHER,
  IS_LITERAL,
  IS_PAIR,
  IS_SPECIAL,
  LITERAL_BITS,
  LITERAL_TABLE,
} from './tables';

export const enum Stop {
  /** No more input, or no more room for output. */
  Edge,
  EndOfBlock,
  NoCode,
  /** A distance that leads to before the beginning. */
  TooFar,
}

/** The end of what was written. */
export let written: usize = 0;

/** In an entry: the number of bits of input that it takes, and how many of them are the code. */
const BITS: u32 = 63;
const CODE_BITS: u32 = 15;

/** The most that one iteration of the loop writes: two pairs of literals and the longest match. */
export const MAX_STEP_BYTES: usize = 2 + 2 + 258;

/**
 * Unpacks symbols up to the end of the block, of the input or of the output. It reads up to 8 bytes behind the end of
 * the input, and writes up to `MAX_STEP_BYTES` behind that of the output, where 16 more are overwritten. `history` is
 * the first address that a distance may lead to.
 */
export function unpack(inputEnd: usize, history: usize, start: usize, end: usize): Stop {
  let at = input.at;
  let bits = input.bits;
  let count = input.count;
  let out = start;
  let stop = Stop.Edge;
  while (at < inputEnd && out < end) {
    bits |= load<u64>(at) << (<u64>count);
    at += 7 - ((count >> 3) & 7);
    count |= 56;
    let entry = load<u32>(LITERAL_TABLE + (((<usize>bits) & ((1 << LITERAL_BITS) - 1)) << 2));
    // `bits` has at least three codes of up to 15 bits. They are read in a row, without a loop, which would cost one
    // more branch prediction.
    if ((entry & IS_LITERAL) !== 0) {
      bits >>= <u64>entry;
      count -= entry;
      store<u16>(out, <u16>(entry >> 16));
      out += literals(entry);
      entry = load<u32>(LITERAL_TABLE + (((<usize>bits) & ((1 << LITERAL_BITS) - 1)) << 2));
      if ((entry & IS_LITERAL) !== 0) {
        bits >>= <u64>entry;
        count -= entry;
        store<u16>(out, <u16>(entry >> 16));
        out += literals(entry);
        entry = load<u32>(LITERAL_TABLE + (((<usize>bits) & ((1 << LITERAL_BITS) - 1)) << 2));
        if ((entry & IS_LITERAL) !== 0) {
          bits >>= <u64>entry;
          count -= entry;
          store<u16>(out, <u16>(entry >> 16));
          out += literals(entry);
          continue;
        }
      }
      // A length with its distance takes up to 48 bits.
      bits |= load<u64>(at) << (<u64>count);
      at += 7 - ((count >> 3) & 7);
      count |= 56;
    }
    if ((entry & IS_SPECIAL) !== 0) {
      if ((entry & IS_FURTHER) !== 0) {
        bits >>= LITERAL_BITS;
        count -= LITERAL_BITS;
        entry = load<u32>(LITERAL_TABLE + furtherEntry(entry, <u32>bits));
        if ((entry & IS_LITERAL) !== 0) {
          bits >>= <u64>entry;
          count -= entry;
          store<u8>(out++, <u8>(entry >> 16));
          continue;
        }
      }
      if ((entry & IS_SPECIAL) !== 0) {
        stop = (entry & IS_END) !== 0 ? Stop.EndOfBlock : Stop.NoCode;
        bits >>= <u64>entry;
        count -= entry;
        break;
      }
    }
    const length = valueOf(entry, <u32>bits);
    bits >>= <u64>entry;
    count -= entry;
    entry = load<u32>(DISTANCE_TABLE + (((<usize>bits) & ((1 << DISTANCE_BITS) - 1)) << 2));
    if ((entry & IS_FURTHER) !== 0) {
      bits >>= DISTANCE_BITS;
      count -= DISTANCE_BITS;
      entry = load<u32>(DISTANCE_TABLE + furtherEntry(entry, <u32>bits));
    }
    if ((entry & IS_SPECIAL) !== 0) {
      stop = Stop.NoCode;
      break;
    }
    const distance = valueOf(entry, <u32>bits);
    bits >>= <u64>entry;
    count -= entry;
    if (distance > out - history) {
      stop = Stop.TooFar;
      break;
    }
    copyBack(out, distance, length);
    out += length;
  }
  input.continueAt(at, bits, count);
  written = out;
  return stop;
}

function literals(entry: u32): usize {
  return 1 + ((entry / IS_PAIR) & 1);
}

/** The offset of the entry for the bits in a further table. */
function furtherEntry(entry: u32, bits: u32): usize {
  return ((entry >> 16) + (bits & ((1 << ((entry >> 8) & CODE_BITS)) - 1))) << 2;
}

/** The base plus the extra bits, which follow the code. */
function valueOf(entry: u32, bits: u32): usize {
  return (entry >> 16) + ((bits & ((1 << (entry & BITS)) - 1)) >> ((entry >> 8) & CODE_BITS));
}

/** Copies bytes that were written before, in order: a match longer than its distance repeats its own output. */
function copyBack(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  let from = to - distance;
  if (distance >= 16) {
    do {
      v128.store(to, v128.load(from));
      to += 16;
      from += 16;
    } while (to < end);
  } else if (distance === 1) {
    const same = i8x16.splat(load<i8>(from));
    for (; to < end; to += 16) v128.store(to, same);
  } else if (distance >= 8) {
    for (; to < end; to += 8, from += 8) store<u64>(to, load<u64>(from));
  } else {
    while (to < end) store<u8>(to++, load<u8>(from++));
  }
}
