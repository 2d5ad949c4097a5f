/**
 * Where a record ends that cannot be written. Its fields are read as those of any other, so that a quoted line end stays within it; what is wrong
 * with a field ends at the next delimiter or record end.
 */
import { NO_PROBLEM } from '../abi';
import { DELIMITER_END, endAt, endBytes, MAYBE_END, NO_END, RECORD_END, recordEndAt } from './ends';
import { beginFields, problem, problemAt, readField } from './fields';
import * as format from './format';
import { characterBytes } from './multibyte';

/** `DELIMITER_END` or `RECORD_END`: what the last field ended with. */
let found: i32 = NO_END;

/** The address behind the record, or 0 where it is not whole before `end`. */
export function recordEnd(at: usize, end: usize): usize {
  const last = format.columns - 1;
  for (let index = 0; at < end; index++) {
    beginFields();
    let stop = readField(at, end, index >= last);
    if (stop === 0 && problem === NO_PROBLEM) return 0;
    if (stop === 0) stop = problemAt;
    at = behindEnd(stop, end, index >= last);
    if (at === 0 || found === RECORD_END) return at;
  }
  return 0;
}

/** The address behind the first end from `at` on, or 0. */
function behindEnd(at: usize, end: usize, isLast: bool): usize {
  for (; at < end; at += characterBytes(at, end)) {
    if (format.hasLongEnds) found = endAt(at, end, isLast);
    else if (<u32>load<u8>(at) === format.delimiter) return behindDelimiter(at);
    else found = recordEndAt(at, end);
    if (found === MAYBE_END) return 0;
    if (found === DELIMITER_END || found === RECORD_END) return at + endBytes;
  }
  return 0;
}

function behindDelimiter(at: usize): usize {
  found = DELIMITER_END;
  return at + 1;
}
