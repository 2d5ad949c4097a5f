import type { TableIngestionSpec } from './generated.ts';
import { listParts } from './list-writer.ts';
import type { CatalogueReport } from './report.ts';

/** The reports of a catalogue, in the order in which they must be written. */
export function* catalogueReports(entries: Iterable<TableIngestionSpec>): Generator<CatalogueReport> {
  for (const part of listParts(jsonOf(entries)))
    yield 'gzip' in part ? { report: 'catalogueChunk', ...part } : { report: 'catalogueEnd', ...part };
}

function* jsonOf(entries: Iterable<TableIngestionSpec>): Generator<string> {
  for (const entry of entries) yield JSON.stringify(entry);
}
