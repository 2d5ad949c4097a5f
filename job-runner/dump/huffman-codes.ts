/** Codes of up to this many bits are found at once, longer ones bit by bit. */
const FAST_BITS = 10;
export const FAST_MASK = (1 << FAST_BITS) - 1;
const MAX_BITS = 15;

/** The Huffman codes of an alphabet, each symbol with the length of its code: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2 */
export class HuffmanCodes {
  /** By the next bits of input: a symbol, shifted by 4, and how many of the bits are its code. 0 where the code is longer, or none. */
  readonly fast = new Uint16Array(FAST_MASK + 1);
  readonly #counts = new Uint16Array(MAX_BITS + 1);
  /** The symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  constructor(maxSymbols: number) {
    this.#symbols = new Uint16Array(maxSymbols);
  }

  /** Takes the lengths of all codes, 0 for a symbol without one; false if there cannot be such codes. */
  set(lengths: Uint8Array): boolean {
    const counts = this.#counts.fill(0);
    for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
    counts[0] = 0;
    const next = new Uint16Array(MAX_BITS + 2);
    const codes = new Uint16Array(MAX_BITS + 2);
    let free = 1;
    for (let length = 1; length <= MAX_BITS; length++) {
      const count = counts[length] ?? 0;
      free = free * 2 - count;
      if (free < 0) return false;
      next[length + 1] = (next[length] ?? 0) + count;
      codes[length + 1] = ((codes[length] ?? 0) + count) << 1;
    }
    this.fast.fill(0);
    lengths.forEach((length, symbol) => {
      if (length === 0) return;
      const index = next[length] ?? 0;
      next[length] = index + 1;
      this.#symbols[index] = symbol;
      const code = codes[length] ?? 0;
      codes[length] = code + 1;
      if (length > FAST_BITS) return;
      // A code's first bit comes first, and so it is the lowest one of the input's bits.
      const entry = (symbol << 4) | length;
      for (let bits = reverse(code, length); bits <= FAST_MASK; bits += 1 << length) this.fast[bits] = entry;
    });
    return true;
  }

  /** An entry as in `fast` for a code of any length, or 0 if these bits begin none. */
  find(bits: number): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= (bits >>> (length - 1)) & 1;
      const count = this.#counts[length] ?? 0;
      if (code - first < count) return ((this.#symbols[index + code - first] ?? 0) << 4) | length;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return 0;
  }
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}
