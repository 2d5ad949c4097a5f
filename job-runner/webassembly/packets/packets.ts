/**
 * The module packets.wasm: rows of MySQL's text protocol as the records of a DAT file, see `dump/mysql-server/row-packets.ts`. It stops and goes on anywhere
 * in a packet, so that a row of any size takes no more memory than others.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
import { MARGIN_BYTES, PACKETS_END, PACKETS_FULL, PACKETS_NEED_INPUT, PACKETS_NOT_UNDERSTOOD } from '../abi';
import { BACKSLASH, CAPITAL_N, LINE_FEED, TAB } from '../csv/characters';
import { copyEscaped } from './values';

/** A packet of this length is continued by the next one. */
const MAX_PACKET_BYTES: usize = 0xffffff;
const HEADER_BYTES: usize = 4;

const NULL_VALUE: u32 = 0xfb;
const EOF_PACKET: u32 = 0xfe;
const ERROR_PACKET: u32 = 0xff;
/** An EOF packet is shorter than any row that begins with a length of eight bytes. */
const EOF_BYTES: usize = 9;

/** Rows whose values have all been written. */
export let rows: f64 = 0;
/** Bytes of the packets of the row that is read, as far as they have begun. */
export let rowBytes: u32 = 0;
/** The address of the first byte that was not read, and the end of what was written. */
export let consumed: usize = 0;
export let produced: usize = 0;

let columns: i32 = 0;
let packetLeft: usize = 0;
let isContinued: bool = false;
/** Whether values of a row are still to come. */
let isInRow: bool = false;
let column: i32 = 0;
/** Whether the length of the value has been read. */
let isInValue: bool = false;
let valueLeft: u64 = 0;
/** Bytes of a long length that are still to come, and how far the next one is to be shifted. */
let lengthLeft: i32 = 0;
let lengthShift: u64 = 0;

export function begin(newColumns: i32): void {
  columns = newColumns;
  rows = 0;
  rowBytes = 0;
  packetLeft = 0;
  isContinued = false;
  isInRow = false;
  isInValue = false;
  lengthLeft = 0;
}

/** Writes the rows from start to end, as far as they are there and there is room; returns one of `PACKETS_…`. */
export function toRecords(start: usize, end: usize, output: usize, outputEnd: usize): i32 {
  consumed = start;
  produced = output;
  let outcome = GOES_ON;
  while (outcome === GOES_ON) outcome = packetLeft === 0 ? beginPacket(end) : readValue(end, outputEnd);
  return outcome;
}

const GOES_ON: i32 = -1;

function beginPacket(end: usize): i32 {
  if (isInRow && !isContinued) return PACKETS_NOT_UNDERSTOOD;
  if (end - consumed < HEADER_BYTES) return PACKETS_NEED_INPUT;
  const length = <usize>(load<u32>(consumed) & 0xffffff);
  if (!isContinued) {
    if (length === 0) return PACKETS_NOT_UNDERSTOOD;
    if (end - consumed === HEADER_BYTES) return PACKETS_NEED_INPUT;
    const first = <u32>load<u8>(consumed + HEADER_BYTES);
    if ((first === EOF_PACKET && length < EOF_BYTES) || first === ERROR_PACKET) return PACKETS_END;
    isInRow = true;
    column = 0;
    rowBytes = 0;
  }
  isContinued = length === MAX_PACKET_BYTES;
  packetLeft = length;
  rowBytes += <u32>length;
  consumed += HEADER_BYTES;
  return GOES_ON;
}

function readValue(end: usize, outputEnd: usize): i32 {
  if (!isInRow) return PACKETS_NOT_UNDERSTOOD;
  if (consumed >= end) return PACKETS_NEED_INPUT;
  // So much is left for what surrounds a value, and for a block that reaches beyond it.
  const room = outputEnd - produced;
  if (room < 2 * MARGIN_BYTES) return PACKETS_FULL;
  if (isInValue || readLength()) copyBytes(end, (room - MARGIN_BYTES) >> 1);
  return GOES_ON;
}

/** Reads one byte of a value's length; returns whether it has been read, and the value is not NULL. */
function readLength(): bool {
  const byte = <u32>load<u8>(consumed++);
  packetLeft--;
  if (lengthLeft > 0) {
    valueLeft |= (<u64>byte) << lengthShift;
    lengthShift += 8;
    if (--lengthLeft > 0) return false;
  } else if (byte === NULL_VALUE) {
    store<u8>(produced, <u8>BACKSLASH);
    store<u8>(produced + 1, <u8>CAPITAL_N);
    produced += 2;
    endValue();
    return false;
  } else if (byte > NULL_VALUE) {
    valueLeft = 0;
    lengthShift = 0;
    lengthLeft = byte === 0xfc ? 2 : byte === 0xfd ? 3 : 8;
    return false;
  } else valueLeft = byte;
  isInValue = true;
  return true;
}

function copyBytes(end: usize, most: usize): void {
  const there = min(min(packetLeft, end - consumed), most);
  const bytes = <usize>min<u64>(valueLeft, there);
  produced = copyEscaped(consumed, bytes, produced);
  consumed += bytes;
  packetLeft -= bytes;
  valueLeft -= bytes;
  if (valueLeft === 0) endValue();
}

function endValue(): void {
  isInValue = false;
  column++;
  isInRow = column < columns;
  store<u8>(produced++, <u8>(isInRow ? TAB : LINE_FEED));
  if (!isInRow) rows++;
}
