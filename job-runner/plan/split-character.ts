import { isUtf8 } from 'node:buffer';

/** A character of UTF-8 that the end of a chunk cuts off has left so many bytes there, or none. */
const SPLIT_BYTES = [0, 1, 2, 3];

/** How many bytes at the end may begin a character of UTF-8; undefined if what is before them is not UTF-8. */
export function splitCharacterBytes(bytes: Buffer): number | undefined {
  return SPLIT_BYTES.find((count) => isUtf8(bytes.subarray(0, bytes.length - count)));
}
