/**
 * The packed bits. Up to 8 bytes behind the last one that is needed are read, so the memory behind the packed bytes
 * must exist.
 * https://www.rfc-editor.org/rfc/rfc1951#section-3.1.1
 */

/** The address of the first byte that is not in `bits` yet. */
export let at: usize = 0;
/** Bits that were read and not used, the next one lowest. */
export let bits: u64 = 0;
/** The number of these bits, in the six lowest bits of `count`. */
export let count: u32 = 0;

export function continueAt(newAt: usize, newBits: u64, newCount: u32): void {
  at = newAt;
  bits = newBits;
  count = newCount;
}

/**
 * Afterwards `bits` has at least 56 bits. As in Fabian Giesen's "Reading bits in far too many ways", part 2, variant 4.
 */
export function fill(): void {
  bits |= load<u64>(at) << (<u64>count);
  at += 7 - ((count >> 3) & 7);
  count |= 56;
}

export function take(taken: u32): u32 {
  const value = (<u32>bits) & ((1 << taken) - 1);
  bits >>= <u64>taken;
  count -= taken;
  return value;
}

/** Returns whole unused bytes to the input. */
export function returnBytes(): void {
  at -= (count & 63) >> 3;
  count &= 7;
  bits &= ((<u64>1) << (<u64>count)) - 1;
}

/** Skips the rest of the current byte. */
export function toByte(): void {
  returnBytes();
  bits = 0;
  count = 0;
}
