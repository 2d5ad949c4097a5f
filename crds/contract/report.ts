import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Failure } from './errors.ts';
import type { TableIngestionSpec } from './generated.ts';
import { isProgress, isTaskResult } from './report-shape.ts';
import type { TaskKind } from './task.ts';

export { CatalogueReader, type CatalogueBounds } from './catalogue-reader.ts';

/**
 * What a runner says. Its log is JSON lines; those with a `report` field are meant for the operator:
 * - `progress`: how far a load is, at most one line a second.
 * - `catalogueChunk`, numbered from 0: the catalogue's entries, one per (dump, table), as JSON lines, some of them in each chunk, and last
 *   `catalogueEnd` with the number of entries and the SHA-256 of all text. Each attempt begins anew at 0, so a log that was cut or mixed up is
 *   noticed. Chunks are compressed because a kubelet gives no more than the last 10 MiB of a log (`containerLogMaxSize`): plain, 15,000
 *   entries would fill them; compressed, 100,000 take 8 MiB.
 * The final result is one JSON object in the result file, at most 4096 bytes, Kubernetes' bound for a termination message.
 */
export type Report = ProgressReport | CatalogueReport;
export type CatalogueReport = CatalogueChunkReport | CatalogueEndReport;

export interface ProgressReport {
  readonly report: 'progress';
  readonly progress: Progress;
}
export interface CatalogueChunkReport {
  readonly report: 'catalogueChunk';
  readonly sequence: number;
  /** Entries as JSON lines, by gzip, in base64. */
  readonly gzip: string;
}
export interface CatalogueEndReport {
  readonly report: 'catalogueEnd';
  readonly entries: number;
  readonly sha256: string;
}

/** How far a load is. Rates are over the copy step so far. */
export interface Progress {
  readonly step: LoadStep;
  /** Records sent to PostgreSQL. */
  readonly rows: number;
  /** Bytes of DAT text read. */
  readonly bytes: number;
  /** Bytes read of the ZIP entry, and all of it. */
  readonly compressedBytes: number;
  readonly totalCompressedBytes: number;
  readonly seconds: number;
}

/** The steps of a load, in order. */
export const LOAD_STEPS = ['plan', 'create', 'copy', 'index', 'attach'] as const;
export type LoadStep = (typeof LOAD_STEPS)[number];

/** Seconds by step. */
export type Timings = Readonly<Record<string, number>>;

export interface CatalogueResult {
  readonly task: 'Catalogue';
  readonly outcome: 'Succeeded';
  readonly entries: number;
  readonly sha256: string;
  readonly seconds: Timings;
}
export interface LoadResult {
  readonly task: 'Load';
  /** Loaded: by this run. AlreadyLoaded: same content, by an earlier run. Skipped: other content is there, and `onExisting: Skip`. */
  readonly outcome: 'Loaded' | 'AlreadyLoaded' | 'Skipped';
  readonly message: string;
  readonly rows: number;
  readonly bytes: number;
  readonly streams: number;
  readonly warnings: readonly string[];
  readonly seconds: Timings;
}
export interface FinishResult {
  readonly task: 'Finish';
  readonly outcome: 'Succeeded';
  readonly seconds: Timings;
}
export interface FailedResult {
  readonly task: TaskKind;
  readonly outcome: 'Failed';
  readonly failure: Failure;
}
export type TaskResult = CatalogueResult | LoadResult | FinishResult | FailedResult;

export const RESULT_BYTES = 4096;

/** A result as the text of the result file. Long texts are shortened and warnings dropped from the end until it fits its bound. */
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
  if (text.length > RESULT_BYTES) throw new Error(`a task result is at most ${RESULT_BYTES} bytes: ${text.slice(0, 100)}`);
  const result: unknown = JSON.parse(text);
  if (!isTaskResult(result)) throw new Error(`not a task result: ${text.slice(0, 100)}`);
  return result;
}

/** A chunk is closed when it has so much text: compressed, it stays below the 16 KiB at which container runtimes cut a log's lines in pieces. */
const CHUNK_BYTES = 64 * 1024;

/** The reports of a whole catalogue, in the order in which they are to be written. */
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
    if (text.length >= CHUNK_BYTES) yield close();
  }
  if (text !== '') yield close();
  yield { report: 'catalogueEnd', entries: count, sha256: hash.digest('hex') };
}

/** A line with one chunk that holds the longest of entries; what a log of a tenant's pod has in longer ones is not worth its memory. */
const REPORT_LENGTH = 1024 * 1024;

/** The report in a line of a runner's log, or undefined where the line is none. */
export function readReport(line: string): Report | undefined {
  if (line.length > REPORT_LENGTH || !line.startsWith('{') || !line.includes('"report"')) return undefined;
  try {
    const { report, progress, ...more } = JSON.parse(line) as { report?: unknown; progress?: unknown };
    if (report === 'progress') return isProgress(progress) ? { report, progress } : undefined;
    return report === 'catalogueChunk' || report === 'catalogueEnd' ? ({ report, ...more } as CatalogueReport) : undefined;
  } catch {
    return undefined; // A line that the container runtime cut; the digest of the catalogue notices what is missing.
  }
}
