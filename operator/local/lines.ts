import type { Readable } from 'node:stream';
import { LineSplitter } from '../engine/lines.ts';

/** No report is longer: a catalogue entry consists of a few names and at most a few KiB of text. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Calls back with each non-empty line of a stream; what exceeds the limit is cut off, so that no output can exhaust the memory. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const splitter = new LineSplitter({ maxBytes: MAX_LINE_BYTES, longLines: 'Truncate' });
  const emit = (lines: Iterable<string>) => {
    for (const line of lines) if (line !== '') onLine(line);
  };
  stream.on('data', (chunk: Buffer) => emit(splitter.push(chunk)));
  stream.on('end', () => emit(splitter.end()));
}
