/**
 * The module checksum.wasm: the sum of a hash for each row of COPY's binary format. It is the one that PostgreSQL computes of the stored rows by the query
 * of `plan/checksum.ts`.
 */
import { HASH_INTEGER, HASH_METHODS, HASH_NUMBER, HASH_NUMERIC, HASH_SCRATCH } from '../abi';
import { hash } from './hash';
import { writeNumeric } from './numeric';

/** The sum, in 128 bits. */
export let low: u64 = 0;
export let high: i64 = 0;

export function begin(): void {
  low = 0;
  high = 0;
}

/** Adds the whole rows from start to end; returns the end of what was read, which is another one if they are not rows of so many columns. */
export function add(at: usize, end: usize, columns: i32): usize {
  while (at < end) {
    if (<i32>bswap<u16>(load<u16>(at)) !== columns) return 0;
    at += 2;
    // hash_record_extended(): rowtypes.c
    let row: u64 = 0;
    for (let column = 0; column < columns; column++) {
      const length = <i32>bswap<u32>(load<u32>(at));
      at += 4;
      let value: u64 = 0;
      if (length >= 0) {
        value = hashValue(load<u8>(HASH_METHODS + column), at, length);
        at += length;
      }
      row = (row << 5) - row + value;
    }
    store<u64>(HASH_SCRATCH, bswap<u64>(row));
    addToSum(hash(HASH_SCRATCH, 8));
  }
  return at;
}

function hashValue(method: u32, at: usize, length: i32): u64 {
  if (method === HASH_INTEGER) {
    store<u64>(HASH_SCRATCH, bswap<u64>(readInteger(at, length)));
    return hash(HASH_SCRATCH, 8);
  }
  if (method === HASH_NUMBER || method === HASH_NUMERIC)
    return hash(HASH_SCRATCH, writeNumeric(at, HASH_SCRATCH, method === HASH_NUMBER));
  return hash(at, length);
}

function readInteger(at: usize, length: i32): i64 {
  if (length === 2) return <i64>(<i16>bswap<u16>(load<u16>(at)));
  if (length === 4) return <i64>(<i32>bswap<u32>(load<u32>(at)));
  return <i64>bswap<u64>(load<u64>(at));
}

function addToSum(value: u64): void {
  const sum = low + value;
  high += (<i64>value < 0 ? -1 : 0) + (sum < value ? 1 : 0);
  low = sum;
}
