import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { TableIngestionSpec } from './generated.ts';
import type { CatalogueChunkReport, CatalogueReport } from './report.ts';

/** A chunk is closed once it has this much text: compressed, it stays below the 16 KiB at which container runtimes split log lines. */
const CATALOGUE_CHUNK_BYTES = 64 * 1024;

/** The reports of a catalogue, in the order in which they must be written. */
export function* catalogueReports(entries: Iterable<TableIngestionSpec>): Generator<CatalogueReport> {
  const hash = createHash('sha256');
  let [count, sequence, text] = [0, 0, ''];
  const close = (): CatalogueChunkReport => {
    hash.update(text);
    const gzip = gzipSync(text, { level: 9 }).toString('base64');
    text = '';
    return { report: 'catalogueChunk', sequence: sequence++, gzip };
  };
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    count++;
    if (text.length >= CATALOGUE_CHUNK_BYTES) yield close();
  }
  if (text !== '') yield close();
  yield { report: 'catalogueEnd', entries: count, sha256: hash.digest('hex') };
}
