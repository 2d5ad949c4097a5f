/** Returned if a byte is not a digit. */
export const NO_DIGITS: i64 = -1;

const ZEROS: u64 = 0x3030303030303030;
/** Added to a byte above 9, it exceeds 127. */
const BEYOND_NINE: u64 = 0x7676767676767676;
const TOP_BITS: u64 = 0x8080808080808080;
const EIGHT_DIGITS: i64 = 100000000;

/** The number that 0 to 18 digits spell, or `NO_DIGITS`. Reads up to 8 bytes before `from`. */
export function readDigits(from: usize, to: usize): i64 {
  const count = <i32>(to - from);
  if (count <= 8) return count === 0 ? 0 : upToEight(to, count);
  const low = upToEight(to, 8);
  const middle = upToEight(to - 8, min<i32>(count - 8, 8));
  const high = count > 16 ? upToEight(to - 16, count - 16) : 0;
  return (low | middle | high) < 0 ? NO_DIGITS : (high * EIGHT_DIGITS + middle) * EIGHT_DIGITS + low;
}

/**
 * The number that the last `count` of the eight bytes before `to` spell, all of them at once: digits are combined to
 * pairs, pairs to fours, and fours to the number.
 * https://kholdstare.github.io/technical/2020/05/26/faster-integer-parsing.html
 */
function upToEight(to: usize, count: i32): i64 {
  const others = <u64>((8 - count) << 3);
  const digits = ((load<u64>(to - 8) ^ ZEROS) >> others) << others;
  if ((((digits + BEYOND_NINE) | digits) & TOP_BITS) !== 0) return NO_DIGITS;
  const pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
  return <i64>((fours * 10000 + (fours >> 32)) & 0xffffffff);
}
