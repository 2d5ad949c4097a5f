/** What lies at the start of the memory, by address. The host decides what follows, see ../abi.ts. */
import { INFLATE_TABLES_END } from '../abi';

/**
 * How many bits index the table of literals and lengths, and that of distances. Longer codes continue in further
 * tables.
 */
export const LITERAL_BITS: u32 = 10;
export const DISTANCE_BITS: u32 = 9;
/**
 * Enough for all further tables of 286 codes behind a table of 10 bits, and of 30 codes behind one of 9: zlib's
 * examples/enough.c.
 */
const LITERAL_ENTRIES: usize = 2048;
const DISTANCE_ENTRIES: usize = 1024;

export const LITERAL_TABLE: usize = 0;
export const DISTANCE_TABLE: usize = LITERAL_TABLE + 4 * LITERAL_ENTRIES;
/** A byte for each symbol: the number of bits of its code. */
export const LENGTHS: usize = DISTANCE_TABLE + 4 * DISTANCE_ENTRIES;
/** Two bytes for each symbol that has a code, ordered by code. */
export const ORDERED: usize = LENGTHS + 512;
/** Four bytes for each code length from 0 to 15: the number of codes, and the position of the next one in `ORDERED`. */
export const COUNTS: usize = ORDERED + 1024;
export const POSITIONS: usize = COUNTS + 64;
/** Four bytes for each symbol of an alphabet: its entry, without the numbers of bits. */
export const LITERAL_SYMBOLS: usize = POSITIONS + 64;
export const DISTANCE_SYMBOLS: usize = LITERAL_SYMBOLS + 4 * 288;
export const LENGTH_SYMBOLS: usize = DISTANCE_SYMBOLS + 4 * 32;
const TABLES_END: usize = LENGTH_SYMBOLS + 4 * 19;
if (TABLES_END > INFLATE_TABLES_END) ERROR('the tables need more memory than INFLATE_TABLES_END leaves them');

/**
 * An entry's bits, from the lowest: 6 for the number of bits of input that it takes, extra bits included (a shift uses
 * its count modulo 64, so the others need not be masked); two flags; 4 for how many of these are the code; three flags;
 * and from bit 16 on the base of a length or a distance, one or two literals, or the index of a further table.
 */
export const IS_LITERAL: u32 = 1 << 6;
/** Two literals whose codes together index the table. */
export const IS_PAIR: u32 = 1 << 7;
export const IS_END: u32 = 1 << 13;
export const IS_FURTHER: u32 = 1 << 14;
/** Not a literal, length or distance. Without another flag: not a code. */
export const IS_SPECIAL: u32 = 1 << 15;

/** Writes the alphabets: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */
export function writeAlphabets(): void {
  for (let symbol: u32 = 0; symbol < 256; symbol++) put(LITERAL_SYMBOLS, symbol, (symbol << 16) | IS_LITERAL);
  put(LITERAL_SYMBOLS, 256, IS_SPECIAL | IS_END);
  let base: u32 = 3;
  for (let symbol: u32 = 257; symbol < 285; symbol++) {
    const extra: u32 = symbol < 265 ? 0 : (symbol - 261) >> 2;
    put(LITERAL_SYMBOLS, symbol, (base << 16) | extra);
    base += 1 << extra;
  }
  put(LITERAL_SYMBOLS, 285, 258 << 16);
  put(LITERAL_SYMBOLS, 286, IS_SPECIAL);
  put(LITERAL_SYMBOLS, 287, IS_SPECIAL);
  base = 1;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = symbol < 4 ? 0 : (symbol - 2) >> 1;
    put(DISTANCE_SYMBOLS, symbol, (base << 16) | extra);
    base += 1 << extra;
  }
  put(DISTANCE_SYMBOLS, 30, IS_SPECIAL);
  put(DISTANCE_SYMBOLS, 31, IS_SPECIAL);
  for (let symbol: u32 = 0; symbol < 19; symbol++) put(LENGTH_SYMBOLS, symbol, symbol << 16);
}

function put(alphabet: usize, symbol: u32, entry: u32): void {
  store<u32>(alphabet + (symbol << 2), entry);
}
