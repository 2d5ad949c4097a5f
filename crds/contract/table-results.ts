import { ListReader } from './list-reader.ts';
import { listParts } from './list-writer.ts';
import { isTaskResult } from './report-shape.ts';
import type { PackedResults, ResultsReport, TableResult } from './report.ts';
import { encodeResult, RESULT_BYTES } from './result-text.ts';

/** Of the compressed results within a final result, of which the rest needs some 300 bytes; with a failure it may need all there are. */
const INLINE_BYTES = 3600;

/** The results of the tables of a Job, for its final result; and the reports to be written before it, where they do not fit in there. */
export interface WrittenResults {
  readonly packed: PackedResults;
  readonly reports: readonly ResultsReport[];
}

export function writeResults(results: readonly TableResult[], hasFailed: boolean): WrittenResults {
  // Each as short as it would be in a final result of its own.
  const lines = results.map((result) => (result === null ? 'null' : encodeResult(result)));
  const reports = [...listParts(lines)].map((part): ResultsReport =>
    'gzip' in part ? { report: 'resultsChunk', ...part } : { report: 'resultsEnd', ...part },
  );
  const [only, end] = reports;
  const sha256 = reports.flatMap((report) => (report.report === 'resultsEnd' ? report.sha256 : [])).join('');
  const isShort = only?.report === 'resultsChunk' && end?.report === 'resultsEnd';
  if (isShort && !hasFailed && only.gzip.length <= INLINE_BYTES)
    return { packed: { sha256, gzip: only.gzip }, reports: [] };
  return { packed: { sha256 }, reports };
}

/** Reads the results of this many tables from the reports of a runner. */
export function resultsReader(tables: number): ListReader<TableResult> {
  return new ListReader({
    entries: tables,
    // Of one attempt that is read from its start, and of one before it in the same log.
    bytes: 2 * tables * (RESULT_BYTES + 1),
    entryLength: RESULT_BYTES,
    isEntry: (value) => value === null || isTableResult(value),
    becomes: 'the result of a table',
    limitedBy: 'the tables of the Job',
  });
}

/** The results within a final result; undefined if they are in the reports, or are not those of this many tables. */
export function inlineResults({ gzip, sha256 }: PackedResults, tables: number): readonly TableResult[] | undefined {
  if (gzip === undefined) return undefined;
  const reader = resultsReader(tables);
  reader.add({ report: 'resultsChunk', sequence: 0, gzip });
  reader.add({ report: 'resultsEnd', entries: tables, sha256 });
  return reader.complete;
}

function isTableResult(value: unknown): boolean {
  return isTaskResult(value) && value.task === 'Load';
}
