/** The symbols of Deflate64, as those of deflate but for what it says. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */
export const MAX_LITERALS = 288;
export const MAX_DISTANCES = 32;
/** The longest distance. */
export const HISTORY_BYTES = 65_536;

export const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** As in deflate but for the last one: 3 and 16 bits. */
export const LENGTH_EXTRAS = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16],
);
export const LENGTH_BASES = Uint8Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 3],
);
/** As in deflate, and two more. */
export const DISTANCE_EXTRAS = Uint8Array.from({ length: MAX_DISTANCES }, (_, code) => Math.max(0, (code >> 1) - 1));
export const DISTANCE_BASES = Uint32Array.from({ length: MAX_DISTANCES }, (_, code) =>
  code < 4 ? code + 1 : 1 + ((2 + (code & 1)) << ((code >> 1) - 1)),
);
/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6 */
export const FIXED_LENGTHS = Uint8Array.from({ length: MAX_LITERALS + MAX_DISTANCES }, (_, symbol) =>
  symbol >= MAX_LITERALS ? 5 : symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
