/**
 * DEFLATE's packed bytes into what they were: https://www.rfc-editor.org/rfc/rfc1951
 *
 * What is told apart is what the host says to people: packed bytes that end too early, and packed bytes that are none. Whatever else goes wrong shows
 * in the ZIP's CRC-32.
 */
import { LONGEST_HEADER, readCodes, useFixedCodes } from './block-header';
import * as input from './input';
import { Stop, unpack, written } from './symbols';
import { writeAlphabets } from './tables';

export { END_OF_TABLES } from './tables';

/** Why `inflate` returned; the host knows these numbers. */
const enum Outcome {
  NeedsInput,
  OutputFull,
  Ended,
  EndsEarly,
  Damaged,
}

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
const AHEAD: usize = LONGEST_HEADER + 16;

/** Begins a stream. */
export function begin(): void {
  writeAlphabets();
  input.goOn(0, 0, 0);
  state = State.BeforeBlock;
  isLastBlock = false;
  stored = 0;
}

/**
 * Unpacks from start to end, where no more input comes if `isAll`, to the output: up to 258 bytes beyond its end, and 16 more are overwritten. What
 * has been put out before must lie before the output, from `history` on. 16 bytes behind the input can be read.
 */
export function inflate(start: usize, end: usize, isAll: bool, history: usize, output: usize, outputEnd: usize): i32 {
  // The bits of the last byte may be in use, so reading may go on to 8 bytes beyond the end, and no further.
  const edge = isAll ? end + 9 : end > start + AHEAD ? end - AHEAD : start;
  input.goOn(start, input.bits, input.count);
  produced = output;
  const outcome = advance(edge, end, isAll, history, outputEnd);
  input.giveBack();
  consumed = input.at;
  return isAll && consumed > end ? Outcome.EndsEarly : outcome;
}

function advance(edge: usize, end: usize, isAll: bool, history: usize, outputEnd: usize): Outcome {
  while (true) {
    if (state === State.AtEnd) return Outcome.Ended;
    if (input.at >= edge) return isAll ? Outcome.EndsEarly : Outcome.NeedsInput;
    if (state === State.BeforeBlock) {
      if (!beginBlock()) return Outcome.Damaged;
      continue;
    }
    if (produced >= outputEnd) return Outcome.OutputFull;
    if (state === State.Stored) {
      if (!copyStored(end, outputEnd)) return isAll ? Outcome.EndsEarly : Outcome.NeedsInput;
    } else {
      const stop = unpack(edge, history, produced, outputEnd);
      produced = written;
      if (stop === Stop.EndOfBlock) endBlock();
      else if (stop !== Stop.Edge) return Outcome.Damaged;
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
function copyStored(end: usize, outputEnd: usize): bool {
  if (input.at >= end) return false;
  const bytes = min<usize>(stored, min<usize>(end - input.at, outputEnd - produced));
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
