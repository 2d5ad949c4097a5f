/**
 * The module inflate.wasm, which unpacks DEFLATE: https://www.rfc-editor.org/rfc/rfc1951
 *
 * It distinguishes what messages distinguish: packed data that ends too early, and packed data that is damaged. The
 * ZIP's CRC-32 reveals any other damage.
 */
import { DAMAGED, ENDED, ENDS_EARLY, NEEDS_INPUT, OUTPUT_FULL, UNREAD_BYTES } from '../abi';
import { MAX_HEADER_BYTES, readCodes, useFixedCodes } from './block-header';
import * as input from './input';
import { MAX_STEP_BYTES, Stop, unpack, written } from './symbols';
import { writeAlphabets } from './tables';

/** What the stream continues with. */
const enum State {
  BeforeBlock,
  Symbols,
  Stored,
  AtEnd,
}

let state = State.BeforeBlock;
let isLastBlock = false;
/** Remaining bytes of a stored block. */
let stored: usize = 0;

/** Where the next call continues in the input. */
export let consumed: usize = 0;
/** The end of the output. */
export let produced: usize = 0;

/** Nothing is begun with less input than this, unless it is the last. */
const AHEAD: usize = MAX_HEADER_BYTES + 16;
if (AHEAD + 16 > UNREAD_BYTES) ERROR('UNREAD_BYTES is less than what may be left unread');

/** Starts a stream. */
export function begin(): void {
  writeAlphabets();
  input.continueAt(0, 0, 0);
  state = State.BeforeBlock;
  isLastBlock = false;
  stored = 0;
}

/**
 * Unpacks the input from start to end, the last one if `isLast`, to the output, and overwrites up to 16 bytes behind
 * the output's end. Previous output must lie before it, from `history` on. 16 bytes behind the input must be readable.
 */
export function inflate(start: usize, end: usize, isLast: bool, history: usize, output: usize, outputEnd: usize): i32 {
  // Bits of the last byte may still be unused when the next 8 bytes were read already, but no more than that.
  const edge = isLast ? end + 9 : end > start + AHEAD ? end - AHEAD : start;
  input.continueAt(start, input.bits, input.count);
  produced = output;
  const outcome = advance(edge, end, isLast, history, outputEnd - MAX_STEP_BYTES);
  input.returnBytes();
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
  input.continueAt(input.at + 4, 0, 0);
  stored = lengths & 0xffff;
  if (stored === 0) endBlock();
  return ((lengths ^ (lengths >> 16)) & 0xffff) === 0xffff;
}

/** False if there is no input for it. */
function copyStored(end: usize, outputEdge: usize): bool {
  if (input.at >= end) return false;
  const bytes = min<usize>(stored, min<usize>(end - input.at, outputEdge - produced));
  memory.copy(produced, input.at, bytes);
  produced += bytes;
  stored -= bytes;
  input.continueAt(input.at + bytes, 0, 0);
  if (stored === 0) endBlock();
  return true;
}

function endBlock(): void {
  state = isLastBlock ? State.AtEnd : State.BeforeBlock;
}
