/**
 * Where fields and records end if that is not one byte each or a line end: delimiters and terminators of several bytes, and files of bcp, which reads each field up
 * to its own terminator whatever stands before it.
 */
import { DELIMITER, TERMINATOR } from '../abi';
import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import * as format from './format';

/** What stands at an address. */
export const NO_END = 0;
export const DELIMITER_END = 1;
export const RECORD_END = 2;
/** The first bytes of an end are there, and the input stops. */
export const MAYBE_END = 3;
/** A carriage return that no line feed follows, where a line end is a record's end. */
export const CARRIAGE_RETURN_END = 4;

/** The bytes of the end that `endAt` found last. */
export let endBytes: usize = 0;

/** One of the above. A record's end comes first, since it may begin with a delimiter. `isLast`: of the record's last field. */
export function endAt(at: usize, end: usize, isLast: bool): i32 {
  if (isLast || !format.lineEndsInFields) {
    const found = recordEndAt(at, end);
    if (found !== NO_END) return found;
    const isCarriageReturn = format.terminatorBytes === 0 && <u32>load<u8>(at) === CARRIAGE_RETURN;
    if (isCarriageReturn && !format.lineEndsInFields) return CARRIAGE_RETURN_END;
  }
  endBytes = format.delimiterBytes;
  return sequenceAt(at, end, DELIMITER, DELIMITER_END);
}

/** `RECORD_END`, `MAYBE_END` or `NO_END`. */
export function recordEndAt(at: usize, end: usize): i32 {
  endBytes = format.terminatorBytes;
  if (endBytes !== 0) return sequenceAt(at, end, TERMINATOR, RECORD_END);
  endBytes = 1;
  if (<u32>load<u8>(at) === LINE_FEED) return RECORD_END;
  if (<u32>load<u8>(at) !== CARRIAGE_RETURN) return NO_END;
  if (at + 1 >= end) return MAYBE_END;
  endBytes = 2;
  return <u32>load<u8>(at + 1) === LINE_FEED ? RECORD_END : NO_END;
}

function sequenceAt(at: usize, end: usize, sequence: usize, found: i32): i32 {
  for (let index: usize = 0; index < endBytes; index++) {
    if (at + index >= end) return MAYBE_END;
    if (load<u8>(at + index) !== load<u8>(sequence + index)) return NO_END;
  }
  return found;
}
