import { DASH, DOT, ZERO } from './characters';
import * as settings from './settings';

/** -?[0-9]{1,18}, within the type's range. */
export function writeInteger(from: usize, to: usize, out: usize, bytes: i32): usize {
  const negative = from < to && <u32>load<u8>(from) === DASH;
  if (negative) from++;
  if (from >= to || to - from > 18) return 0;
  let value: i64 = 0;
  for (; from < to; from++) {
    const digit = <u32>load<u8>(from) - ZERO;
    if (digit > 9) return 0;
    value = value * 10 + digit;
  }
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

// What `readDecimal` has read.
let negative: bool = false;
let whole: u64 = 0;
let fraction: u64 = 0;
let fractionDigits: i32 = 0;

/** -?[0-9]{0,18}(\.[0-9]{1,15})?, with a digit. */
function readDecimal(from: usize, to: usize): bool {
  negative = from < to && <u32>load<u8>(from) === DASH;
  if (negative) from++;
  const begin = from;
  whole = 0;
  fraction = 0;
  fractionDigits = 0;
  for (; from < to; from++) {
    const digit = <u32>load<u8>(from) - ZERO;
    if (digit > 9) break;
    whole = whole * 10 + digit;
  }
  const wholeDigits = <i32>(from - begin);
  if (wholeDigits > 18) return false;
  if (from === to) return wholeDigits > 0;
  if (<u32>load<u8>(from) !== DOT) return false;
  fractionDigits = <i32>(to - from) - 1;
  if (fractionDigits < 1 || fractionDigits > 15) return false;
  for (from++; from < to; from++) {
    const digit = <u32>load<u8>(from) - ZERO;
    if (digit > 9) return false;
    fraction = fraction * 10 + digit;
  }
  return true;
}

/** Whole numbers up to this, a little less than 2^53, are doubles. */
const EXACT: u64 = 9000000000000000;

/**
 * The quotient of two doubles that are exact is the double nearest to the number that was written, as strtod(3) gives it: Clinger, How to Read
 * Floating Point Numbers Accurately, 1990.
 */
export function writeDouble(from: usize, to: usize, out: usize): usize {
  if (!readDecimal(from, to)) return 0;
  const power = load<f64>(settings.powers + ((<usize>fractionDigits) << 3));
  if (<f64>whole * power > <f64>EXACT) return 0;
  const digits = whole * <u64>power + fraction;
  if (digits > EXACT) return 0;
  const quotient = <f64>digits / power;
  store<u32>(out, bswap<u32>(8));
  store<u64>(out + 4, bswap<u64>(reinterpret<u64>(negative ? -quotient : quotient)));
  return out + 12;
}

/** As numeric_recv() reads it: groups of four digits, of which it leaves out leading and trailing zeros itself. */
export function writeNumeric(from: usize, to: usize, out: usize): usize {
  if (!readDecimal(from, to)) return 0;
  const wholeGroups =
    whole === 0 ? 0 : whole < 10000 ? 1 : whole < 100000000 ? 2 : whole < 1000000000000 ? 3 : whole < 10000000000000000 ? 4 : 5;
  const fractionGroups = (fractionDigits + 3) >> 2;
  const groups = wholeGroups + fractionGroups;
  store<u32>(out, bswap<u32>(8 + 2 * groups));
  store<u16>(out + 4, bswap<u16>(<u16>groups));
  store<u16>(out + 6, bswap<u16>(<u16>(wholeGroups - 1)));
  store<u16>(out + 8, bswap<u16>(negative ? 0x4000 : 0));
  store<u16>(out + 10, bswap<u16>(<u16>fractionDigits));
  const digits = out + 12;
  for (let index = wholeGroups - 1; index >= 0; index--) {
    store<u16>(digits + 2 * index, bswap<u16>(<u16>(whole % 10000)));
    whole /= 10000;
  }
  for (let padding = fractionDigits & 3; padding > 0 && padding < 4; padding++) fraction *= 10;
  for (let index = groups - 1; index >= wholeGroups; index--) {
    store<u16>(digits + 2 * index, bswap<u16>(<u16>(fraction % 10000)));
    fraction /= 10000;
  }
  return digits + 2 * groups;
}

/** Eight, four, four, four and twelve hexadecimal digits with a dash between. */
export function writeUuid(from: usize, to: usize, out: usize): usize {
  if (to - from !== 36) return 0;
  store<u32>(out, bswap<u32>(16));
  let target = out + 4;
  for (let index: usize = 0; index < 36;) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (<u32>load<u8>(from + index) !== DASH) return 0;
      index++;
      continue;
    }
    const high = hexadecimal(load<u8>(from + index));
    const low = hexadecimal(load<u8>(from + index + 1));
    if ((high | low) > 15) return 0;
    store<u8>(target++, <u8>((high << 4) | low));
    index += 2;
  }
  return target;
}

/** 16 where it is no such digit. */
function hexadecimal(letter: u32): u32 {
  if (letter - ZERO < 10) return letter - ZERO;
  const lower = (letter | 32) - 97;
  return lower < 6 ? lower + 10 : 16;
}
