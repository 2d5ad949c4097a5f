import { BLANK, CAPITAL_T, CAPITAL_Z, COLON, DASH, DOT, PLUS, ZERO } from './characters';
import { monthIndex, MONTHS, POWERS } from './tables';

/** The result of the last `readDay`: days since 2000-01-01. */
let day: i32 = 0;

/** Moments without an offset that were read as UTC. */
export let withoutOffset: u32 = 0;

export function beginDates(): void {
  withoutOffset = 0;
}

/** YYYY-MM-DD. */
export function writeDate(from: usize, to: usize, out: usize): usize {
  if (to - from !== 10 || !readIsoDay(from)) return 0;
  store<u32>(out, bswap<u32>(4));
  store<u32>(out + 4, bswap<u32>(<u32>day));
  return out + 8;
}

/**
 * YYYY-MM-DD, YYYY-MM-DD hh:mm:ss and up to nine digits of a second, with a T for the blank, or MSSQL's Mon DD YYYY hh:mmAM. A column with
 * time zone may have an offset at the end; without one the value is UTC. Digits that the column does not keep must be zeros, see `readFraction`.
 */
export function writeTimestamp(from: usize, to: usize, out: usize, precision: u32, isZoned: bool): usize {
  const length = to - from;
  const microseconds =
    length === 19 && byte(from + 3) === BLANK ? readMonthFirst(from) : readIso(from, to, precision, isZoned);
  if (microseconds === NO_TIME) return 0;
  store<u32>(out, bswap<u32>(8));
  store<u64>(out + 4, bswap<u64>(<i64>day * MICROSECONDS_OF_DAY + microseconds));
  return out + 12;
}

const MICROSECONDS_OF_DAY: i64 = 86400000000;
/** Not -1: an offset may lead to the day before, and so to a negative number of microseconds. */
const NO_TIME: i64 = i64.MIN_VALUE;

/** The microseconds since the day began in UTC, or `NO_TIME`. */
function readIso(at: usize, to: usize, precision: u32, isZoned: bool): i64 {
  const length = to - at;
  if (length < 10 || !readIsoDay(at)) return NO_TIME;
  if (length === 10) {
    if (isZoned) withoutOffset++;
    return 0;
  }
  if (length < 19) return NO_TIME;
  const separator = byte(at + 10);
  const hour = two(at + 11);
  const minute = two(at + 14);
  const second = two(at + 17);
  if (separator !== BLANK && separator !== CAPITAL_T) return NO_TIME;
  if (hour > 23 || minute > 59 || second > 59 || byte(at + 13) !== COLON || byte(at + 16) !== COLON) return NO_TIME;
  let end = at + 19;
  let microseconds: i64 = 0;
  if (end < to && byte(end) === DOT) {
    const first = end + 1;
    for (end = first; end < to && byte(end) - ZERO <= 9;) end++;
    microseconds = readFraction(first, end, precision, hour * 3600 + minute * 60 + second === SECONDS_OF_DAY - 1);
    if (microseconds < 0) return NO_TIME;
  }
  microseconds += <i64>(hour * 3600 + minute * 60 + second) * 1000000;
  if (end === to) {
    if (isZoned) withoutOffset++;
    return microseconds;
  }
  const offset = isZoned ? readOffset(end, to) : NO_OFFSET;
  return offset === NO_OFFSET ? NO_TIME : microseconds - <i64>offset * 60000000;
}

const SECONDS_OF_DAY: u32 = 86400;

/**
 * The microseconds of a second's fraction. -1 if it has no digits or more than nine, or if the column would lose a digit other than zero. The one
 * exception is the seventh digit of MSSQL's datetime2(7): it is rounded, except where rounding would lead to the next day.
 */
function readFraction(from: usize, to: usize, precision: u32, isLastSecond: bool): i64 {
  const digits = <u32>(to - from);
  if (digits === 0 || digits > 9) return -1;
  let fraction: u32 = 0;
  for (; from < to; from++) fraction = fraction * 10 + byte(from) - ZERO;
  const power = load<f64>(POWERS + (digits << 3));
  if (digits > precision) {
    const rest = fraction % <u32>load<f64>(POWERS + ((digits - precision) << 3));
    const mayRound = precision === 6 && digits === 7;
    if (rest !== 0 && !mayRound) return -1;
    if (rest !== 0 && isLastSecond && fraction >= 9999995) return -1;
  }
  // Rounded as ParseFractionalSecond() rounds the result of strtod(3).
  return <i64>nearest<f64>((<f64>fraction / power) * 1000000);
}

const NO_OFFSET: i32 = i32.MIN_VALUE;

/** The minutes of `Z`, `+hh`, `+hhmm` or `+hh:mm`, also after a blank, or `NO_OFFSET`. */
function readOffset(at: usize, to: usize): i32 {
  if (byte(at) === BLANK) at++;
  const length = to - at;
  const sign = at < to ? byte(at) : 0;
  if (sign === CAPITAL_Z) return length === 1 ? 0 : NO_OFFSET;
  if ((sign !== PLUS && sign !== DASH) || (length !== 3 && length !== 5 && length !== 6)) return NO_OFFSET;
  if (length === 6 && byte(at + 3) !== COLON) return NO_OFFSET;
  const hours = two(at + 1);
  const minutes = length === 3 ? 0 : two(to - 2);
  // PostgreSQL's limit, MAX_TZDISP_HOUR.
  if (hours > 15 || minutes > 59) return NO_OFFSET;
  const offset = <i32>(hours * 60 + minutes);
  return sign === DASH ? -offset : offset;
}

/** `Jan  3 2019 12:30PM`, the microseconds of the day, or `NO_TIME`. */
function readMonthFirst(at: usize): i64 {
  const hour = padded(at + 12);
  const minute = two(at + 15);
  const half = byte(at + 17);
  if (!readDay(four(at + 7), monthOf(at), padded(at + 4)) || byte(at + 6) !== BLANK || byte(at + 11) !== BLANK)
    return NO_TIME;
  if (
    hour < 1 ||
    hour > 12 ||
    minute > 59 ||
    byte(at + 14) !== COLON ||
    byte(at + 18) !== 77 ||
    (half !== 65 && half !== 80)
  )
    return NO_TIME;
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
