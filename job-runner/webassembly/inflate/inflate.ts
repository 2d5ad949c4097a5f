/**
 * DEFLATE's packed bytes into what they were: https://www.rfc-editor.org/rfc/rfc1951
 *
 * What is told apart is what the host says to people: packed bytes that end too early, and packed bytes that are none. Whatever else goes wrong shows
 * in the ZIP's CRC-32.
 */
import { DAMAGED, ENDED, ENDS_EARLY, NEEDS_INPUT, OUTPUT_FULL, UNREAD_BYTES } from '../abi';
import { MAX_HEADER_BYTES, readCodes, useFixedCodes } from './block-header';
import * as input from './input';
import { MAX_TURN_BYTES, Stop, unpack, written } from './symbols';
import { writeAlphabets } from './tables';

/** Where a stream is. */
const enum State {
  BeforeBlock,
  Symbols,
  Stored,
  AtEnd,
}

let state = State.BeforeBlock;
let isLastBlock = false;
/** Bytes of a stored block that are left. */
let stored: usize = 0;

/** Where the input goes on with the next call. */
export let consumed: usize = 0;
/** The end of the output. */
export let produced: usize = 0;

/** Without so many bytes of input before its edge nothing is begun, unless no more will come. */
const AHEAD: usize = MAX_HEADER_BYTES + 16;
if (AHEAD + 16 > UNREAD_BYTES) ERROR('UNREAD_BYTES is less than what may be left unread');

/** Begins a stream. */
export function begin(): void {
  writeAlphabets();
  input.goOn(0, 0, 0);
  state = State.BeforeBlock;
  isLastBlock = false;
  stored = 0;
}

/**
 * Unpacks from start to end, where no more input comes if `isLast`, to the output, and overwrites up to 16 bytes behind the output's end. What has been
 * put out before must lie before the output, from `history` on. 16 bytes behind the input can be read.
 */
export function inflate(start: usize, end: usize, isLast: bool, history: usize, output: usize, outputEnd: usize): i32 {
  // The bits of the last byte may be in use, so reading may go on to 8 bytes beyond the end, and no further.
  const edge = isLast ? end + 9 : end > start + AHEAD ? end - AHEAD : start;
  input.goOn(start, input.bits, input.count);
  produced = output;
  const outcome = advance(edge, end, isLast, history, outputEnd - MAX_TURN_BYTES);
  input.giveBack();
  consumed = input.at;
  return isLast && consumed > end ? ENDS_EARLY : outcome;
}

function advance(edge: usize, end: usize, isLast: bool, history: usize, outputEdge: usize): i32 {
  while (true) {
    if (state === State.AtEnd) return ENDED;
    if (input.at >= edge) return isLast ? ENDS_EARLY : NEEDS_INPUT;
    if (state === State.BeforeBlock) {
      if (!beginBlock()) return DAMAGED;
      continue;
    }
    if (produced >= outputEdge) return OUTPUT_FULL;
    if (state === State.Stored) {
      if (!copyStored(end, outputEdge)) return isLast ? ENDS_EARLY : NEEDS_INPUT;
    } else {
      const stop = unpack(edge, history, produced, outputEdge);
      produced = written;
      if (stop === Stop.EndOfBlock) endBlock();
      else if (stop !== Stop.Edge) return DAMAGED;
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3 */
function beginBlock(): bool {
  input.fill();
  isLastBlock = input.take(1) !== 0;
  const type = input.take(2);
  state = type === 0 ? State.Stored : State.Symbols;
  if (type === 0) return beginStored();
  if (type === 2) return readCodes();
  if (type === 1) useFixedCodes();
  return type === 1;
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
function beginStored(): bool {
  input.toByte();
  const lengths = load<u32>(input.at);
  input.goOn(input.at + 4, 0, 0);
  stored = lengths & 0xffff;
  if (stored === 0) endBlock();
  return ((lengths ^ (lengths >> 16)) & 0xffff) === 0xffff;
}

/** False where the input has nothing of it. */
function copyStored(end: usize, outputEdge: usize): bool {
  if (input.at >= end) return false;
  const bytes = min<usize>(stored, min<usize>(end - input.at, outputEdge - produced));
  memory.copy(produced, input.at, bytes);
  produced += bytes;
  stored -= bytes;
  input.goOn(input.at + bytes, 0, 0);
  if (stored === 0) endBlock();
  return true;
}

function endBlock(): void {
  state = isLastBlock ? State.AtEnd : State.BeforeBlock;
}
