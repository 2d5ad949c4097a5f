/** A value that is put together: its field has escapes, doubled quotes or characters of several bytes. It begins at `SCRATCH`. */
import { SCRATCH } from '../abi';
import { characterBytes } from './multibyte';

/** Behind what was put there. */
export let scratchEnd: usize = SCRATCH;

export function beginScratch(): void {
  scratchEnd = SCRATCH;
}

export function put(byte: u32): void {
  store<u8>(scratchEnd++, <u8>byte);
}

/** Copies bytes up to an address, and up to 15 beyond, and returns it. */
export function copyRun(at: usize, stop: usize): usize {
  const target = scratchEnd;
  scratchEnd += stop - at;
  for (let out = target; at < stop; at += 16, out += 16) v128.store(out, v128.load(at));
  return stop;
}

/** Returns the address behind the character, or 0 where it is not whole before `end`. */
export function copyCharacter(at: usize, end: usize): usize {
  const bytes = characterBytes(at, end);
  if (at + bytes > end) return 0;
  for (let index: usize = 0; index < bytes; index++) put(<u32>load<u8>(at + index));
  return at + bytes;
}
