import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A chunk is closed once it has this much text: compressed, it stays below the 16 KiB at which container runtimes split log lines. */
const CHUNK_BYTES = 64 * 1024;

export interface ListChunk {
  readonly sequence: number;
  /** Entries as JSON lines, gzip-compressed, in base64. */
  readonly gzip: string;
}
export interface ListEnd {
  readonly entries: number;
  readonly sha256: string;
}

/** The parts of a list, in the order in which they must be written; the entries are JSON. */
export function* listParts(entries: Iterable<string>): Generator<ListChunk | ListEnd> {
  const hash = createHash('sha256');
  let [count, sequence, text] = [0, 0, ''];
  const close = (): ListChunk => {
    hash.update(text);
    const gzip = gzipSync(text, { level: 9 }).toString('base64');
    text = '';
    return { sequence: sequence++, gzip };
  };
  for (const entry of entries) {
    text += `${entry}\n`;
    count++;
    if (text.length >= CHUNK_BYTES) yield close();
  }
  if (text !== '') yield close();
  yield { entries: count, sha256: hash.digest('hex') };
}
