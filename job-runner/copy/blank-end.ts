import * as abi from '../webassembly/abi.ts';
import { describeEndOfData } from './record-messages.ts';
import { RecordProblem } from './record-problem.ts';
import type { RowMemory } from './row-memory.ts';

/** Of `\\.`. */
const END_OF_DATA_BYTES = 2;

/**
 * Whether the memory has stopped at an empty line with which the data ends: what is left of the input is nothing but that. Then the problem that it
 * is if more data follows.
 */
export function blankEnd(
  { exports, bytes }: RowMemory,
  end: number,
  record: number,
  columns: number,
): RecordProblem | undefined {
  const { problem, problemColumn, consumed } = exports;
  if (problemColumn.value > 0) return undefined;
  const isMarked = problem.value === abi.PROBLEM_END_OF_DATA;
  if (problem.value !== abi.PROBLEM_TOO_FEW_FIELDS && !isMarked) return undefined;
  if (!isBlank(bytes.subarray(consumed.value + (isMarked ? END_OF_DATA_BYTES : 0), end))) return undefined;
  if (isMarked) return describeEndOfData(record);
  const message = `the line is empty, and more data follows: the table has ${columns} columns in the dump. Remove the line, or recreate the dump`;
  return new RecordProblem(record, 'FieldCount', message);
}

/** Line ends and the DOS end of file. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x1a);
}
