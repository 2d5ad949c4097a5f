import { isTaskResult } from './report-shape.ts';
import type { TaskResult } from './report.ts';

export const RESULT_BYTES = 4096;

/** A result as the text of the result file. Long texts are shortened and the last warnings dropped until it fits. */
export function encodeResult(result: TaskResult): string {
  for (const length of [Infinity, 1000, 400, 150, 60]) {
    const text = JSON.stringify(result, (key, value: unknown) => bounded(key, value, length));
    if (Buffer.byteLength(text) <= RESULT_BYTES) return text;
  }
  throw new Error('a task result does not fit into a termination message');
}

function bounded(key: string, value: unknown, length: number): unknown {
  if (typeof value === 'string' && value.length > length) return `${value.slice(0, length - 1)}…`;
  if (key === 'warnings' && Array.isArray(value) && length !== Infinity) return value.slice(0, Math.ceil(length / 100));
  return value;
}

export function decodeResult(text: string): TaskResult {
  if (text.length > RESULT_BYTES)
    throw new Error(`a task result is at most ${RESULT_BYTES} bytes: ${text.slice(0, 100)}`);
  const result: unknown = JSON.parse(text);
  if (!isTaskResult(result)) throw new Error(`not a task result: ${text.slice(0, 100)}`);
  return result;
}
