/**
 * The packed bits. Reading goes up to 8 bytes beyond what they have come to, so the memory behind the packed bytes must be there.
 * https://www.rfc-editor.org/rfc/rfc1951#section-3.1.1
 */

/** The address of the first byte of which nothing is in `bits`. */
export let at: usize = 0;
/** Bits that were read and not taken, the next one lowest. */
export let bits: u64 = 0;
/** How many they are, in its six lowest bits. */
export let count: u32 = 0;

export function goOn(newAt: usize, newBits: u64, newCount: u32): void {
  at = newAt;
  bits = newBits;
  count = newCount;
}

/** At least 56 bits are there then. As in Fabian Giesen's "Reading bits in far too many ways", part 2, variant 4. */
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

/** Gives back whole bytes that were not taken. */
export function giveBack(): void {
  at -= (count & 63) >> 3;
  count &= 7;
  bits &= ((<u64>1) << (<u64>count)) - 1;
}

/** Leaves out what is left of the byte. */
export function toByte(): void {
  giveBack();
  bits = 0;
  count = 0;
}
