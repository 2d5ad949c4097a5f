import {
  COUNTS,
  IS_FURTHER,
  IS_LITERAL,
  IS_PAIR,
  IS_SPECIAL,
  LITERAL_BITS,
  LITERAL_TABLE,
  ORDERED,
  POSITIONS,
} from './tables';

/** The length of the longest code. */
const MAX_CODE_BITS: u32 = 15;

/**
 * Writes the table that finds a symbol by the next bits of the input, from the lengths of the codes, a byte for each
 * symbol. A code's first bit is the lowest, so the index is the code in reverse. False if there are more codes than
 * their lengths allow.
 * https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2
 */
export function makeTable(table: usize, tableBits: u32, lengths: usize, symbols: u32, alphabet: usize): bool {
  const free = orderSymbols(lengths, symbols);
  if (free < 0) return false;
  // Entries of the previous block must not remain where no code leads.
  if (free > 0) clear(table, 1 << tableBits);
  const mask: u32 = (1 << tableBits) - 1;
  let code: u32 = 0;
  let prefix: u32 = mask + 1;
  let further: u32 = 0;
  let furtherBits: u32 = 0;
  let next = mask + 1;
  let index: usize = 0;
  for (let length: u32 = 1; length <= MAX_CODE_BITS; length++) {
    for (let left = load<u32>(COUNTS + (length << 2)); left > 0; left--) {
      const entry = load<u32>(alphabet + ((<usize>load<u16>(ORDERED + (index++ << 1))) << 2));
      if (length <= tableBits) {
        repeat(table, entry + length + (length << 8), code, length, tableBits);
      } else {
        if ((code & mask) !== prefix) {
          prefix = code & mask;
          further = next;
          furtherBits = bitsOfFurther(length, left, tableBits);
          next += 1 << furtherBits;
          store<u32>(table + (prefix << 2), (further << 16) | IS_SPECIAL | IS_FURTHER | (furtherBits << 8) | tableBits);
          if (free > 0) clear(table + (further << 2), 1 << furtherBits);
        }
        const rest = length - tableBits;
        repeat(table + (further << 2), entry + rest + (rest << 8), code >> tableBits, rest, furtherBits);
      }
      code = successor(code, length);
    }
  }
  return true;
}

/**
 * Sorts the symbols by their codes and returns how many codes of 15 bits could be added: less than 0 if there are too
 * many.
 */
function orderSymbols(lengths: usize, symbols: u32): i32 {
  memory.fill(COUNTS, 0, 64);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) increment(COUNTS, load<u8>(lengths + symbol));
  let free: i32 = 1;
  let position: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_BITS; length++) {
    const count = load<u32>(COUNTS + (length << 2));
    free = (free << 1) - <i32>count;
    if (free < 0) return free;
    store<u32>(POSITIONS + (length << 2), position);
    position += count;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length !== 0) store<u16>(ORDERED + (increment(POSITIONS, length) << 1), <u16>symbol);
  }
  return free;
}

/** Returns the value before. */
function increment(counters: usize, length: u8): usize {
  const counter = counters + ((<usize>length) << 2);
  const before = load<u32>(counter);
  store<u32>(counter, before + 1);
  return before;
}

/**
 * The index bits of a further table: those of the longest code with the same prefix. `left` codes of this length
 * follow.
 */
function bitsOfFurther(length: u32, left: u32, tableBits: u32): u32 {
  let bits = length - tableBits;
  let free = (1 << bits) - <i32>left;
  while (free > 0 && bits + tableBits < MAX_CODE_BITS) {
    bits++;
    free = (free << 1) - <i32>load<u32>(COUNTS + ((bits + tableBits) << 2));
  }
  return bits;
}

/** Writes the entry to every index whose lowest bits are the code. */
function repeat(table: usize, entry: u32, code: u32, length: u32, tableBits: u32): void {
  for (let index = code; index < 1 << tableBits; index += 1 << length) store<u32>(table + (index << 2), entry);
}

function clear(table: usize, entries: u32): void {
  for (let index: u32 = 0; index < entries; index++) store<u32>(table + (index << 2), IS_SPECIAL);
}

/** The next code, in reverse: one is added at its highest bit and carried downwards. */
function successor(code: u32, length: u32): u32 {
  let bit: u32 = 1 << (length - 1);
  while ((code & bit) !== 0) bit >>= 1;
  return bit === 0 ? 0 : (code & (bit - 1)) | bit;
}

/**
 * If an index contains the codes of two literals, its entry becomes one of both: half of the symbols of text are
 * literals. From the last index down, because the second code is found at a lower index.
 */
export function pairLiterals(): void {
  for (let index: i32 = (1 << LITERAL_BITS) - 1; index >= 0; index--) {
    const first = load<u32>(LITERAL_TABLE + ((<usize>index) << 2));
    const second = load<u32>(LITERAL_TABLE + ((<usize>((<u32>index) >> (first & 63))) << 2));
    const bits = (first & 63) + (second & 63);
    if ((first & second & IS_LITERAL) === 0 || bits > LITERAL_BITS) continue;
    store<u32>(
      LITERAL_TABLE + ((<usize>index) << 2),
      (first & 0xff0000) | ((second & 0xff0000) << 8) | IS_LITERAL | IS_PAIR | bits,
    );
  }
}
