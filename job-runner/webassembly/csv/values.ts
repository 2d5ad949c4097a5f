/** The values of fields, by the kinds of their columns. */
import {
  HEX_PREFIXED,
  BITS_NUMBER,
  BOUNDS,
  KIND_BASE64,
  KIND_BASE64_BITS,
  KIND_BITS,
  KIND_RAW,
  KIND_OPEN_BITS,
  KIND_RAW_BITS,
  RAW_NOT_BASE64,
  RAW_NOT_HEX,
  RAW_SEEN,
  RAW_SETTLED,
  KIND_AS_IS,
  KIND_BIGINT,
  KIND_BOOLEAN,
  KIND_BOUNDED,
  KIND_DATE,
  KIND_DOUBLE,
  KIND_DOUBT,
  KIND_HEX,
  KIND_INTEGER,
  KIND_JSON,
  KIND_NUMERIC,
  KIND_SMALLINT,
  KIND_TEXT,
  KIND_TIMESTAMP,
  KIND_TIMESTAMPTZ,
  KIND_UUID,
} from '../abi';
import {
  evidenceOfDigits,
  hasBackslashX,
  wereDigits,
  writeBase64,
  writeBase64Bits,
  writeBits,
  writeHex,
  writeRaw,
} from './bytes';
import { writeDate, writeTimestamp } from './dates';
import { from, replaceField, to } from './fields';
import * as format from './format';
import { mayRepeatKey } from './json';
import { isHexadecimal, writeBoolean, writeDouble, writeInteger, writeNumeric, writeUuid } from './scalars';
import { writeEscaped } from './text-values';
import { writeText } from './texts';

export function isText<Format>(): bool {
  return sizeof<Format>() === sizeof<format.Text>();
}

/** A text of one NUL byte. */
export function isNul(kind: i32): bool {
  return (kind >= KIND_TEXT || kind === KIND_HEX || kind === KIND_BASE64) && to - from === 1 && load<u8>(from) === 0;
}

/**
 * Writes the value that was read; returns the end of it, or 0 where the spelling leaves a doubt or the column's bound a loss. In text the bytes of
 * a value are only checked, and written over by its spelling.
 */
export function writeValue<Format>(kind: i32, index: i32, out: usize): usize {
  if (isNul(kind)) {
    if (!format.nulIsEmpty) return 0;
    replaceField(from, from);
  }
  if (!isText<Format>()) return writeBytes<Format>(kind, index, out);
  if (kind >= KIND_HEX && kind <= KIND_BASE64_BITS) return writeBinary(kind, index, out, true);
  const isSettled = kind === KIND_TEXT || kind === KIND_AS_IS || (kind === KIND_JSON && !mayRepeatKey(from, to));
  return isSettled || writeBytes<Format>(kind, index, out) !== 0 ? writeEscaped(from, to, out) : 0;
}

/** Length and bytes of a value, as its type's receive function takes them. */
function writeBytes<Format>(kind: i32, index: i32, out: usize): usize {
  switch (kind) {
    case KIND_SMALLINT:
      return writeInteger(from, to, out, 2);
    case KIND_INTEGER:
      return writeInteger(from, to, out, 4);
    case KIND_BIGINT:
      return writeInteger(from, to, out, 8);
    case KIND_BOOLEAN:
      return writeBoolean(from, to, out);
    case KIND_DOUBLE:
      return writeDouble(from, to, out);
    case KIND_NUMERIC:
      return writeNumeric(from, to, out, boundOf(index));
    case KIND_DATE:
      return writeDate(from, to, out);
    case KIND_TIMESTAMP:
      return writeTimestamp(from, to, out, boundOf(index), false);
    case KIND_TIMESTAMPTZ:
      return writeTimestamp(from, to, out, boundOf(index), true);
    case KIND_UUID:
      return writeUuid(from, to, out);
    case KIND_BOUNDED:
      if (to - from > <usize>boundOf(index)) return 0;
      break;
    case KIND_HEX:
    case KIND_BASE64:
    case KIND_RAW:
    case KIND_BITS:
    case KIND_RAW_BITS:
    case KIND_OPEN_BITS:
    case KIND_BASE64_BITS:
      return writeBinary(kind, index, out, false);
    case KIND_DOUBT:
    case KIND_JSON:
      return 0;
  }
  return isText<Format>() ? out : writeText(from, to, out);
}

/** Whether NULL, as MySQL spells it, may be the two bytes of a number, which MySQL does not escape where it writes bits. */
export function mayBeBits(kind: i32, index: i32): bool {
  if (kind !== KIND_RAW_BITS && kind !== KIND_OPEN_BITS) return false;
  const bits = boundOf(index) & BITS_NUMBER;
  return format.nullMarkerBytes === 2 && (bits === 15 || bits === 16);
}

/** Writes over what is at `out`. */
function evidenceOfRaw(out: usize): u32 {
  const notHex = isHexadecimal(from, to) ? 0 : RAW_NOT_HEX;
  return RAW_SEEN | notHex | (writeBase64(from, to, out, false) !== 0 ? 0 : RAW_NOT_BASE64);
}

/** A value of the types bytea and bit. */
function writeBinary(kind: i32, index: i32, out: usize, isText: bool): usize {
  const bound = boundOf(index);
  if (kind === KIND_HEX)
    return bound === HEX_PREFIXED && !hasBackslashX(from, to) ? 0 : writeHex(from, to, out, isText);
  if (kind === KIND_BASE64) return writeBase64(from, to, out, isText);
  if (kind === KIND_BASE64_BITS) return writeBase64Bits(from, to, out, bound & BITS_NUMBER, isText);
  if (kind !== KIND_RAW) return writeOpenBits(kind, index, out, isText);
  if (bound !== RAW_SETTLED && from < to) store<u32>(BOUNDS + (index << 2), bound | evidenceOfRaw(out));
  return writeRaw(from, to, out, isText);
}

function writeOpenBits(kind: i32, index: i32, out: usize, isText: bool): usize {
  const bound = boundOf(index);
  const bits = bound & BITS_NUMBER;
  const end = writeBits(from, to, out, bits, kind !== KIND_BITS, kind !== KIND_RAW_BITS, isText);
  if (end !== 0 && wereDigits()) store<u32>(BOUNDS + (index << 2), bound | evidenceOfDigits(from, to, bits));
  return end;
}

export function boundOf(index: i32): u32 {
  return load<u32>(BOUNDS + (index << 2));
}
