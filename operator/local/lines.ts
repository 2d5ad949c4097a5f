import type { Readable } from 'node:stream';

/** No report is longer: a catalogue entry is a few names and at most some KiB of text. */
const LINE_LENGTH = 1024 * 1024;

/** Calls back with each line of a text stream. What passes `LINE_LENGTH` without a line end is cut, so that no output fills the memory. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  let isCut = false;
  const end = () => {
    if (rest !== '' && !isCut) onLine(rest);
    rest = '';
    isCut = false;
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const [first = '', ...others] = chunk.split('\n');
    if (!isCut) rest += first;
    for (const line of others) {
      end();
      rest = line;
    }
    if (rest.length > LINE_LENGTH) {
      if (!isCut) onLine(rest.slice(0, LINE_LENGTH));
      isCut = true;
      rest = '';
    }
  });
  stream.on('end', end);
}
