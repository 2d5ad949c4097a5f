import { makeTable, pairLiterals } from './codes';
import * as input from './input';
import {
  DISTANCE_BITS,
  DISTANCE_SYMBOLS,
  DISTANCE_TABLE,
  IS_SPECIAL,
  LENGTH_SYMBOLS,
  LENGTHS,
  LITERAL_BITS,
  LITERAL_SYMBOLS,
  LITERAL_TABLE,
} from './tables';

/** The length of the longest header of a block: 17 bits, 19 times 3, and 316 codes of 7 bits with 7 more. */
export const MAX_HEADER_BYTES: usize = 563;

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6 */
export function useFixedCodes(): void {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  makeTable(LITERAL_TABLE, LITERAL_BITS, LENGTHS, 288, LITERAL_SYMBOLS);
  pairLiterals();
  memory.fill(LENGTHS, 5, 32);
  makeTable(DISTANCE_TABLE, DISTANCE_BITS, LENGTHS, 32, DISTANCE_SYMBOLS);
}

/** Reads the codes of a block; false if they are damaged. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.7 */
export function readCodes(): bool {
  input.fill();
  const literals = input.take(5) + 257;
  const distances = input.take(5) + 1;
  if (literals > 286 || !readLengthCodes(input.take(4) + 4) || !readLengths(literals + distances)) return false;
  if (!makeTable(LITERAL_TABLE, LITERAL_BITS, LENGTHS, literals, LITERAL_SYMBOLS)) return false;
  pairLiterals();
  return makeTable(DISTANCE_TABLE, DISTANCE_BITS, LENGTHS + literals, distances, DISTANCE_SYMBOLS);
}

/** The longest code of a length. */
const LENGTH_BITS: u32 = 7;

/**
 * The codes in which the lengths of the other codes are written. Their table uses the memory of the table of distances.
 */
function readLengthCodes(count: u32): bool {
  memory.fill(LENGTHS, 0, 19);
  for (let index: u32 = 0; index < count; index++) {
    input.fill();
    store<u8>(LENGTHS + symbolAt(index), <u8>input.take(3));
  }
  return makeTable(DISTANCE_TABLE, LENGTH_BITS, LENGTHS, 19, LENGTH_SYMBOLS);
}

/** The order of the lengths in the header: 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 */
function symbolAt(index: u32): u32 {
  if (index < 3) return 16 + index;
  if (index === 3) return 0;
  const half = (index - 4) >> 1;
  return (index & 1) === 0 ? 8 + half : 7 - half;
}

function readLengths(all: u32): bool {
  let last: u8 = 0;
  for (let index: u32 = 0; index < all;) {
    input.fill();
    const entry = load<u32>(DISTANCE_TABLE + (((<usize>input.bits) & ((1 << LENGTH_BITS) - 1)) << 2));
    if ((entry & IS_SPECIAL) !== 0) return false;
    input.take(entry & 63);
    const symbol = entry >> 16;
    if (symbol < 16) {
      last = <u8>symbol;
      store<u8>(LENGTHS + index++, last);
      continue;
    }
    if (symbol === 16 && index === 0) return false;
    if (symbol > 16) last = 0;
    const times = symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7);
    if (index + times > all) return false;
    memory.fill(LENGTHS + index, last, times);
    index += times;
  }
  return true;
}
