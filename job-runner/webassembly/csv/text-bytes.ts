/**
 * Converts CSV to COPY's text format byte by byte. The state is kept between calls: a field may end in the next chunk.
 */
import { NULL_MARKER } from '../abi';
import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED, SMALL_N, SMALL_R, ZERO } from './characters';
import * as format from './format';
import { countLine, countRecords } from './progress';

/** 0xffff within quotes, else 0. */
export let inside: i32 = 0;
/** 1 where the last byte was an opening quote. */
export let opened: i32 = 0;
/** 1 where the last byte was a closing quote, or the first of two that stand for one. */
export let closed: i32 = 0;
/** 1 where the last byte was a delimiter or a line end, or there was none yet. */
export let separated: i32 = 1;
/** The last byte was an escape, other than the quote, within quotes. */
export let escaped: bool = false;
/** The field's next byte must not be written as itself, see `writeByte`. */
export let disguise: bool = false;

/**
 * Whether a field was the null marker followed by empty quotes: its bytes are written already, and as text it would be
 * NULL.
 */
export let isMarkerWithQuotes: bool = false;

/** Where the output of this call begins. */
let outputStart: usize = 0;

export function beginText(): void {
  setState(0, 0, 0, 1);
  escaped = false;
  disguise = false;
  isMarkerWithQuotes = false;
}

export function beginOutput(output: usize): void {
  outputStart = output;
}

export function setState(newInside: i32, newOpened: i32, newClosed: i32, newSeparated: i32): void {
  inside = newInside;
  opened = newOpened;
  closed = newClosed;
  separated = newSeparated;
}

/** Converts the bytes from `at` to `end`; returns the end of what was written. */
export function writeBytes(at: usize, end: usize, out: usize): usize {
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at);
    out = inside !== 0 ? writeInside(byte, out) : writeOutside(byte, out);
  }
  return out;
}

function writeInside(byte: u32, out: usize): usize {
  if (escaped) {
    escaped = false;
    // Before a quote or an escape it takes away their meaning; elsewhere it is a byte like any other.
    if (byte === format.quote || byte === format.escape) return writeByte(byte, out);
    out = writeByte(format.escape, out);
  }
  if (byte === format.quote) {
    setState(0, 0, 1, separated);
    return out;
  }
  if (byte === format.escape) {
    opened = 0;
    escaped = true;
    return out;
  }
  if (opened !== 0 && byte === format.nullMarkerStart()) disguise = true;
  opened = 0;
  return writeByte(byte, out);
}

function writeOutside(byte: u32, out: usize): usize {
  if (byte === format.quote) {
    const isSecond = closed !== 0 && format.escape === format.quote;
    // Behind the first bytes of a field, which are written already: any byte in disguise makes it differ from the null
    // marker.
    if (!isSecond && separated === 0) disguise = true;
    setState(0xffff, isSecond ? 0 : 1, 0, 0);
    return isSecond ? writeByte(byte, out) : out;
  }
  if (format.endsField(byte)) {
    if (disguise) endQuotes(out);
  } else if (closed !== 0) disguise = true;
  closed = 0;
  separated = byte === LINE_FEED || byte === format.delimiter ? 1 : 0;
  if (!format.endsField(byte)) return writeByte(byte, out);
  disguise = false;
  if (byte === LINE_FEED) countRecords(1);
  store<u8>(out, <u8>byte);
  return out + 1;
}

/**
 * A byte of a field as the text format writes it. In text a field is NULL if it is spelled like the null marker, in CSV
 * only if none of it is quoted. So the first byte behind an opening quote, if the marker begins with it, is written in
 * octal.
 */
function writeByte(byte: u32, out: usize): usize {
  if (byte === LINE_FEED) countLine();
  if (disguise && byte < 128) {
    disguise = false;
    store<u8>(out, <u8>BACKSLASH);
    store<u8>(out + 1, <u8>(ZERO + (byte >> 6)));
    store<u8>(out + 2, <u8>(ZERO + ((byte >> 3) & 7)));
    store<u8>(out + 3, <u8>(ZERO + (byte & 7)));
    return out + 4;
  }
  disguise = false;
  if (byte === BACKSLASH) return escape(byte, out);
  if (inside !== 0) {
    if (byte === LINE_FEED) return escape(SMALL_N, out);
    if (byte === CARRIAGE_RETURN) return escape(SMALL_R, out);
    if (byte === format.delimiter) return escape(byte, out);
  }
  store<u8>(out, <u8>byte);
  return out + 1;
}

function escape(byte: u32, out: usize): usize {
  store<u16>(out, <u16>(BACKSLASH | (byte << 8)));
  return out + 2;
}

/**
 * A field ends in empty quotes behind bytes without quotes. If it begins in the previous output, that part may match
 * the marker.
 */
function endQuotes(out: usize): void {
  const bytes = <usize>format.nullMarkerBytes;
  const written = out - outputStart;
  if (written <= bytes) {
    if (memory.compare(outputStart, NULL_MARKER + bytes - written, written) === 0) isMarkerWithQuotes = true;
    return;
  }
  const first = out - bytes;
  const before = <u32>load<u8>(first - 1);
  if (before !== format.delimiter && before !== LINE_FEED) return;
  if (memory.compare(first, NULL_MARKER, bytes) === 0) isMarkerWithQuotes = true;
}

/** To be called after the last byte, whose record may have no line end. */
export function endText(out: usize): void {
  if (disguise && inside === 0) endQuotes(out);
}
