import { BLANK, COLON, DASH, DOT, ZERO } from './characters';
import { monthIndex, MONTHS, POWERS } from './tables';

/** The result of the last `readDay`: days since 2000-01-01. */
let day: i32 = 0;

/** YYYY-MM-DD. */
export function writeDate(from: usize, to: usize, out: usize): usize {
  if (to - from !== 10 || !readIsoDay(from)) return 0;
  store<u32>(out, bswap<u32>(4));
  store<u32>(out + 4, bswap<u32>(<u32>day));
  return out + 8;
}

/**
 * YYYY-MM-DD, YYYY-MM-DD hh:mm:ss and up to nine digits of a second, with a T for the blank, or MSSQL's Mon DD YYYY
 * hh:mmAM.
 */
export function writeTimestamp(from: usize, to: usize, out: usize): usize {
  const length = to - from;
  const microseconds = length === 19 && byte(from + 3) === BLANK ? readMonthFirst(from) : readIso(from, length);
  if (microseconds < 0) return 0;
  store<u32>(out, bswap<u32>(8));
  store<u64>(out + 4, bswap<u64>(<i64>day * MICROSECONDS_OF_DAY + microseconds));
  return out + 12;
}

const MICROSECONDS_OF_DAY: i64 = 86400000000;

/** The microseconds of the day, or -1. */
function readIso(at: usize, length: usize): i64 {
  if (length < 10 || !readIsoDay(at)) return -1;
  if (length === 10) return 0;
  if (length < 19 || length === 20 || length > 29) return -1;
  const separator = byte(at + 10);
  const hour = two(at + 11);
  const minute = two(at + 14);
  const second = two(at + 17);
  if (separator !== BLANK && separator !== 84) return -1;
  if (hour > 23 || minute > 59 || second > 59 || byte(at + 13) !== COLON || byte(at + 16) !== COLON) return -1;
  let microseconds: i64 = 0;
  if (length > 19) {
    if (byte(at + 19) !== DOT) return -1;
    let fraction: u32 = 0;
    for (let index: usize = 20; index < length; index++) {
      const digit = byte(at + index) - ZERO;
      if (digit > 9) return -1;
      fraction = fraction * 10 + digit;
    }
    // Rounded as ParseFractionalSecond() rounds the result of strtod(3).
    microseconds = <i64>nearest<f64>((<f64>fraction / load<f64>(POWERS + ((length - 20) << 3))) * 1000000);
  }
  return <i64>(hour * 3600 + minute * 60 + second) * 1000000 + microseconds;
}

/** `Jan  3 2019 12:30PM`, the microseconds of the day, or -1. */
function readMonthFirst(at: usize): i64 {
  const hour = padded(at + 12);
  const minute = two(at + 15);
  const half = byte(at + 17);
  if (!readDay(four(at + 7), monthOf(at), padded(at + 4)) || byte(at + 6) !== BLANK || byte(at + 11) !== BLANK)
    return -1;
  if (
    hour < 1 ||
    hour > 12 ||
    minute > 59 ||
    byte(at + 14) !== COLON ||
    byte(at + 18) !== 77 ||
    (half !== 65 && half !== 80)
  )
    return -1;
  return (<i64>((hour === 12 ? 0 : hour) + (half === 80 ? 12 : 0)) * 60 + minute) * 60000000;
}

function readIsoDay(at: usize): bool {
  return byte(at + 4) === DASH && byte(at + 7) === DASH && readDay(four(at), two(at + 5), two(at + 8));
}

/** http://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function readDay(year: u32, month: u32, dayOfMonth: u32): bool {
  if (
    year < 1 ||
    year > 9999 ||
    month < 1 ||
    month > 12 ||
    dayOfMonth < 1 ||
    (dayOfMonth > 28 && dayOfMonth > daysOf(year, month))
  )
    return false;
  // Years begin in March: January and February belong to the previous one.
  const isEarly = u32(month <= 2);
  const shifted = year - isEarly;
  const dayOfYear = (153 * (month - 3 + 12 * isEarly) + 2) / 5 + dayOfMonth - 1;
  day = <i32>(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear) - DAYS_TO_2000;
  return true;
}

/** From 0000-03-01 to 2000-01-01. */
const DAYS_TO_2000: i32 = 730425;

function daysOf(year: u32, month: u32): u32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1 to 12, or 0. By a table, because no branch prediction guesses which of twelve months comes next. */
function monthOf(at: usize): u32 {
  const letters = load<u32>(at) & 0xffffff;
  const entry = load<u32>(MONTHS + monthIndex(letters) * 4);
  return (entry & 0xffffff) === letters ? entry >>> 24 : 0;
}

/** Two digits, or more than 99. */
function two(at: usize): u32 {
  const tens = byte(at) - ZERO;
  const ones = byte(at + 1) - ZERO;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/** Two digits, of which the first may be a blank, or more than 99. */
function padded(at: usize): u32 {
  const first = byte(at);
  const tens = select<u32>(0, first - ZERO, first === BLANK);
  const ones = byte(at + 1) - ZERO;
  return select<u32>(100, tens * 10 + ones, i32(tens > 9) | i32(ones > 9));
}

/** Four digits, or more than 9999. */
function four(at: usize): u32 {
  const high = two(at);
  const low = two(at + 2);
  return high > 99 || low > 99 ? 10000 : high * 100 + low;
}

function byte(at: usize): u32 {
  return <u32>load<u8>(at);
}
