import type { Failure } from './errors.ts';
import type { TaskKind } from './task.ts';

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
