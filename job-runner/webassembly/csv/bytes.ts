/**
 * Values of the types bytea and bit. In COPY's text format they are spelled as these types' input takes them: a backslash, x and hexadecimal digits;
 * digits of 0 and 1, or x and hexadecimal digits.
 */
import { BITS_ALL, BITS_DECIMAL, BITS_FEW } from '../abi';
import { BACKSLASH, SMALL_X, ZERO } from './characters';
import { NO_DIGITS, readDigits } from './digits';
import { arePairs, behindPrefix } from './scalars';

/** Pairs of hexadecimal digits, with or without 0x or \x before them. */
export function writeHex(from: usize, to: usize, out: usize, isText: bool): usize {
  from = behindPrefix(from, to);
  if (!arePairs(from, to)) return 0;
  if (isText) {
    if (from === to) return out;
    out = writePrefix(out);
    memory.copy(out, from, to - from);
    return out + (to - from);
  }
  let at = out + 4;
  for (; from < to; from += 2) store<u8>(at++, <u8>((digitAt(from) << 4) | digitAt(from + 1)));
  return writeLength(out, at);
}

/** As PostgreSQL writes bytes; the same digits alone may be the bytes themselves (bytea_output = escape). Nothing is no bytes either way. */
export function hasBackslashX(from: usize, to: usize): bool {
  return from === to || (to - from >= 2 && load<u8>(from) === <u8>BACKSLASH && load<u8>(from + 1) === <u8>SMALL_X);
}

function digitAt(at: usize): u32 {
  const letter = <u32>load<u8>(at);
  return (letter & 15) + (letter >> 6) * 9;
}

/** Any bytes as they are. */
export function writeRaw(from: usize, to: usize, out: usize, isText: bool): usize {
  if (isText) {
    if (from === to) return out;
    out = writePrefix(out);
    for (; from < to; from++) out = writeByte(<u32>load<u8>(from), out);
    return out;
  }
  memory.copy(out + 4, from, to - from);
  return writeLength(out, out + 4 + (to - from));
}

/** https://www.rfc-editor.org/rfc/rfc4648#section-4, with or without line ends, which MySQL's TO_BASE64 writes; 0 for anything else. */
export function writeBase64(from: usize, to: usize, out: usize, isText: bool): usize {
  let bits: u32 = 0;
  let count = 0;
  let padding = 0;
  let at = isText ? out : out + 4;
  for (; from < to; from++) {
    const letter = <u32>load<u8>(from);
    if (letter === 10 || letter === 13) continue;
    const sextet = sextetOf(letter);
    if (sextet === 64) padding++;
    else if (sextet > 64 || padding > 0) return 0;
    bits = (bits << 6) | (sextet & 63);
    if ((++count & 3) !== 0) continue;
    if (padding > 2) return 0;
    if (isText && at === out) at = writePrefix(at);
    for (let byte = 0; byte < 3 - padding; byte++) {
      const value = (bits >> (16 - 8 * byte)) & 255;
      if (isText) at = writeByte(value, at);
      else store<u8>(at++, <u8>value);
    }
  }
  if ((count & 3) !== 0) return 0;
  return isText ? at : writeLength(out, at);
}

/** 64 for the padding, more for what base64 does not have. */
function sextetOf(letter: u32): u32 {
  if (letter - 65 < 26) return letter - 65;
  if (letter - 97 < 26) return letter - 71;
  if (letter - ZERO < 10) return letter + 4;
  if (letter === 43) return 62;
  if (letter === 47) return 63;
  return letter === 61 ? 64 : 65;
}

/**
 * Up to 64 bits, written as MySQL writes them: raw as bytes of which the first one's upper bits may be unused; else as a decimal number, or all of
 * them as digits of 0 and 1, which exclude each other: no decimal number of so many such digits is that small. A column of both was perhaps written
 * by BIN(), without the zeros in front. 0 where the value is none of what it may be, or both.
 */
export function writeBits(
  from: usize,
  to: usize,
  out: usize,
  bits: u32,
  mayBeRaw: bool,
  mayBeDigits: bool,
  isText: bool,
): usize {
  isRead = false;
  const raw = mayBeRaw ? readRawBits(from, to, bits) : 0;
  const isRaw = isRead;
  isRead = false;
  const digits = mayBeDigits ? readBits(from, to, bits) : 0;
  return isRaw === isRead ? 0 : writeNumber(isRaw ? raw : digits, bits, out, isText);
}

/** Whether the bits that were written last were digits. */
export function wereDigits(): bool {
  return isRead;
}

/** What a value that was read as digits says of its column's others. */
export function evidenceOfDigits(from: usize, to: usize, bits: u32): u32 {
  for (let at = from; at < to; at++) if (<u32>load<u8>(at) - ZERO > 1) return BITS_DECIMAL;
  const length = <u32>(to - from);
  if (length < 2) return 0;
  return length === bits ? BITS_ALL : BITS_FEW;
}

/** Bits as the bytes of their number, in base64. */
export function writeBase64Bits(from: usize, to: usize, out: usize, bits: u32, isText: bool): usize {
  // Twelve letters are nine bytes, one more than any number has: what is longer is none.
  if (to - from > 12) return 0;
  const end = writeBase64(from, to, out, false);
  if (end === 0) return 0;
  const value = readRawBits(out + 4, end, bits);
  return isRead ? writeNumber(value, bits, out, isText) : 0;
}

function writeNumber(value: u64, bits: u32, out: usize, isText: bool): usize {
  if (isText) return writeBitDigits(value, bits, out);
  const bytes = (bits + 7) >> 3;
  store<u32>(out, bswap<u32>(4 + bytes));
  store<u32>(out + 4, bswap<u32>(bits));
  store<u64>(out + 8, bswap<u64>(value << (64 - bits)));
  return out + 8 + bytes;
}

/** Whether the last value was one of so many bits. */
let isRead: bool = false;

function readRawBits(from: usize, to: usize, bits: u32): u64 {
  let value: u64 = 0;
  for (let at = from; at < to; at++) value = (value << 8) | (<u64>load<u8>(at));
  isRead = to - from === <usize>((bits + 7) >> 3) && fits(value, bits);
  return value;
}

function readBits(from: usize, to: usize, bits: u32): u64 {
  const length = to - from;
  let value: u64 = 0;
  let areBinary = length === <usize>bits;
  for (let at = from; at < to && areBinary; at++) {
    const digit = <u32>load<u8>(at) - ZERO;
    if (digit > 1) areBinary = false;
    value = (value << 1) | (<u64>digit);
  }
  isRead = areBinary;
  return areBinary ? value : readDecimalBits(from, to, bits);
}

/** Up to 18446744073709551615, of 20 digits. */
function readDecimalBits(from: usize, to: usize, bits: u32): u64 {
  const length = to - from;
  isRead = false;
  if (length === 0 || length > 20) return 0;
  const split = length > 18 ? to - 18 : from;
  const upper = split === from ? 0 : readDigits(from, split);
  const lower = readDigits(split, to);
  if (upper === NO_DIGITS || lower === NO_DIGITS) return 0;
  const value = <u64>upper * 1000000000000000000 + <u64>lower;
  isRead = upper <= 18 && value >= <u64>lower && fits(value, bits);
  return value;
}

function fits(value: u64, bits: u32): bool {
  return bits === 64 || value >> bits === 0;
}

function writeBitDigits(value: u64, bits: u32, out: usize): usize {
  const step: u32 = (bits & 3) === 0 ? 4 : 1;
  if (step === 4) store<u8>(out++, <u8>SMALL_X);
  for (let left = bits; left > 0; left -= step) {
    const digit = (<u32>(value >> (left - step))) & ((1 << step) - 1);
    store<u8>(out++, <u8>hexDigit(digit));
  }
  return out;
}

function writeLength(out: usize, end: usize): usize {
  store<u32>(out, bswap<u32>(<u32>(end - out - 4)));
  return end;
}

/** The backslash of \x is escaped in COPY's text format. */
function writePrefix(out: usize): usize {
  store<u16>(out, <u16>(BACKSLASH | (BACKSLASH << 8)));
  store<u8>(out + 2, <u8>SMALL_X);
  return out + 3;
}

function writeByte(byte: u32, out: usize): usize {
  store<u8>(out, <u8>hexDigit(byte >> 4));
  store<u8>(out + 1, <u8>hexDigit(byte & 15));
  return out + 2;
}

function hexDigit(value: u32): u32 {
  return value < 10 ? ZERO + value : 87 + value;
}
