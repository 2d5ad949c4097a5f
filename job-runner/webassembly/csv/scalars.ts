import { BACKSLASH, DASH, DOT, ZERO } from './characters';
import { NO_DIGITS, readDigits } from './digits';
import { POWERS } from './tables';

/** -?[0-9]{1,18}, within the type's range. */
export function writeInteger(from: usize, to: usize, out: usize, bytes: i32): usize {
  const negative = from < to && <u32>load<u8>(from) === DASH;
  if (negative) from++;
  if (from >= to || to - from > 18) return 0;
  let value = readDigits(from, to);
  if (value === NO_DIGITS) return 0;
  if (negative) value = -value;
  store<u32>(out, bswap<u32>(bytes));
  if (bytes === 8) store<u64>(out + 4, bswap<u64>(value));
  else if (bytes === 4) {
    if (value !== <i64>(<i32>value)) return 0;
    store<u32>(out + 4, bswap<u32>(<u32>value));
  } else {
    if (value !== <i64>(<i16>value)) return 0;
    store<u16>(out + 4, bswap<u16>(<u16>value));
  }
  return out + 4 + bytes;
}

/** 0, 1, f or t. */
export function writeBoolean(from: usize, to: usize, out: usize): usize {
  if (to - from !== 1) return 0;
  const letter = load<u8>(from);
  const isTrue = letter === 49 || letter === 116;
  if (!isTrue && letter !== 48 && letter !== 102) return 0;
  store<u32>(out, bswap<u32>(1));
  store<u8>(out + 4, isTrue ? 1 : 0);
  return out + 5;
}

// The last number that `readDecimal` has read.
let negative: bool = false;
let whole: u64 = 0;
let fraction: u64 = 0;
let fractionDigits: i32 = 0;

/** -?[0-9]{0,18}(\.[0-9]{1,15})?, with a digit. */
function readDecimal(from: usize, to: usize): bool {
  negative = from < to && <u32>load<u8>(from) === DASH;
  if (negative) from++;
  const point = pointOf(from, to);
  if (point - from > 18) return false;
  const before = readDigits(from, point);
  if (before === NO_DIGITS) return false;
  whole = before;
  fraction = 0;
  fractionDigits = 0;
  if (point === to) return from < to;
  fractionDigits = <i32>(to - point) - 1;
  if (fractionDigits < 1 || fractionDigits > 15) return false;
  const behind = readDigits(point + 1, to);
  fraction = behind;
  return behind !== NO_DIGITS;
}

/** The address of the first dot, or `to`. */
function pointOf(from: usize, to: usize): usize {
  for (let at = from; at < to; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>DOT)));
    if (found !== 0) return min<usize>(at + ctz(found), to);
  }
  return to;
}

/** Integers up to this, a little less than 2^53, are exact as doubles. */
const EXACT: u64 = 9000000000000000;

/**
 * The quotient of two exact doubles is the double nearest to the decimal number, which is what strtod(3) returns: Clinger, How to Read Floating
 * Point Numbers Accurately, 1990.
 */
export function writeDouble(from: usize, to: usize, out: usize): usize {
  if (!readDecimal(from, to)) return 0;
  const power = load<f64>(POWERS + ((<usize>fractionDigits) << 3));
  if (<f64>whole * power > <f64>EXACT) return 0;
  const digits = whole * <u64>power + fraction;
  if (digits > EXACT) return 0;
  const quotient = <f64>digits / power;
  store<u32>(out, bswap<u32>(8));
  store<u64>(out + 4, bswap<u64>(reinterpret<u64>(negative ? -quotient : quotient)));
  return out + 12;
}

/**
 * As numeric_recv() reads it: groups of four digits. It drops leading and trailing zeros itself, and rounds digits that the column does not keep,
 * so those must be zeros.
 */
export function writeNumeric(from: usize, to: usize, out: usize, scale: u32): usize {
  if (!readDecimal(from, to)) return 0;
  if (<u32>fractionDigits > scale && fraction % powerOfTen(<u32>fractionDigits - scale) !== 0) return 0;
  const wholeGroups =
    whole === 0
      ? 0
      : whole < 10000
        ? 1
        : whole < 100000000
          ? 2
          : whole < 1000000000000
            ? 3
            : whole < 10000000000000000
              ? 4
              : 5;
  const fractionGroups = (fractionDigits + 3) >> 2;
  const groups = wholeGroups + fractionGroups;
  store<u32>(out, bswap<u32>(8 + 2 * groups));
  store<u16>(out + 4, bswap<u16>(<u16>groups));
  store<u16>(out + 6, bswap<u16>(<u16>(wholeGroups - 1)));
  store<u16>(out + 8, bswap<u16>(negative ? 0x4000 : 0));
  store<u16>(out + 10, bswap<u16>(<u16>fractionDigits));
  const digits = out + 12;
  writeGroups(digits, wholeGroups, whole);
  writeGroups(digits + 2 * wholeGroups, fractionGroups, fraction * padding(fractionDigits));
  return digits + 2 * groups;
}

function powerOfTen(exponent: u32): u64 {
  let power: u64 = 1;
  for (; exponent > 0; exponent--) power *= 10;
  return power;
}

/** Writes the last `groups` groups of four digits. */
function writeGroups(at: usize, groups: i32, value: u64): void {
  let rest = value;
  for (let index = groups - 1; index > 0; index--) {
    const more = rest / 10000;
    store<u16>(at + 2 * index, bswap<u16>(<u16>(rest - more * 10000)));
    rest = more;
  }
  if (groups > 0) store<u16>(at, bswap<u16>(<u16>rest));
}

/** The factor that fills the last group of a fraction with so many digits. */
function padding(digits: i32): u64 {
  const last = digits & 3;
  return last === 0 ? 1 : last === 1 ? 1000 : last === 2 ? 100 : 10;
}

/** Eight, four, four, four and twelve hexadecimal digits with a dash between. */
export function writeUuid(from: usize, to: usize, out: usize): usize {
  if (to - from !== 36) return 0;
  const dashes =
    (load<u8>(from + 8) ^ DASH) |
    (load<u8>(from + 13) ^ DASH) |
    (load<u8>(from + 18) ^ DASH) |
    (load<u8>(from + 23) ^ DASH);
  const middle = v128.load(from + 16);
  const first = i8x16.shuffle(v128.load(from), middle, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17);
  const second = i8x16.shuffle(middle, v128.load(from + 20), 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 28, 29, 30, 31);
  if (dashes !== 0 || !areHexadecimal(first) || !areHexadecimal(second)) return 0;
  store<u32>(out, bswap<u32>(16));
  v128.store(out + 4, i8x16.narrow_i16x8_u(bytesOf(first), bytesOf(second)));
  return out + 20;
}

/** Whether the bytes are pairs of hexadecimal digits, with or without 0x or \x before them. */
export function isHexadecimal(from: usize, to: usize): bool {
  return arePairs(behindPrefix(from, to), to);
}

/** The address behind 0x or \x, if the value begins so. */
export function behindPrefix(from: usize, to: usize): usize {
  if (to - from < 2 || (load<u8>(from + 1) | 32) !== 120) return from;
  return load<u8>(from) === <u8>ZERO || load<u8>(from) === <u8>BACKSLASH ? from + 2 : from;
}

/** Hexadecimal digits, two for each byte. */
export function arePairs(from: usize, to: usize): bool {
  if (((to - from) & 1) !== 0) return false;
  for (; from + 16 <= to; from += 16) {
    if (!areHexadecimal(v128.load(from))) return false;
  }
  for (; from < to; from++) {
    const digit = <u32>load<u8>(from);
    if (digit - ZERO > 9 && (digit | 32) - 97 > 5) return false;
  }
  return true;
}

function areHexadecimal(letters: v128): bool {
  const digits = i8x16.le_u(i8x16.sub(letters, i8x16.splat(<i8>ZERO)), i8x16.splat(9));
  const lower = v128.or(letters, i8x16.splat(32));
  return i8x16.all_true(v128.or(digits, i8x16.le_u(i8x16.sub(lower, i8x16.splat(97)), i8x16.splat(5))));
}

/** 16 hexadecimal digits as eight bytes, in eight lanes. Bit 6, which only letters have, adds the nine. */
function bytesOf(letters: v128): v128 {
  const isLetter = i8x16.shr_u(letters, 6);
  const digits = i8x16.add(v128.and(letters, i8x16.splat(15)), i8x16.add(i8x16.shl(isLetter, 3), isLetter));
  return v128.or(v128.and(i16x8.shl(digits, 4), i16x8.splat(0xf0)), i16x8.shr_u(digits, 8));
}
