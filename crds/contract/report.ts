import type { Failure } from './errors.ts';
import type { TaskKind } from './task.ts';

/**
 * What a runner reports. Its log is JSON lines; those with a `report` field are for the operator:
 * - `progress`: the progress of a load, at most one line per second.
 * - `catalogueChunk`, numbered from 0: entries of the catalogue, one per (dump, table), as JSON lines; after all chunks `catalogueEnd` with the
 *   number of entries and the SHA-256 of all text. Each attempt starts at 0 again, so an incomplete or mixed-up log is detected. Chunks are
 *   compressed because a kubelet returns no more than the last 10 MiB of a log (`containerLogMaxSize`): 15,000 plain entries would fill them;
 *   100,000 compressed ones take 8 MiB.
 * - `resultsChunk` and `resultsEnd`: the same for the results of tables that share a Job, if they are too long for the final result.
 * The final result is one JSON object in the result file, at most 4096 bytes, Kubernetes' limit for a termination message.
 */
export type Report = ProgressReport | CatalogueReport | ResultsReport;
export type CatalogueReport = CatalogueChunkReport | CatalogueEndReport;

export interface ProgressReport {
  readonly report: 'progress';
  readonly progress: Progress;
}
export interface CatalogueChunkReport {
  readonly report: 'catalogueChunk';
  readonly sequence: number;
  /** Entries as JSON lines, gzip-compressed, in base64. */
  readonly gzip: string;
}
export interface CatalogueEndReport {
  readonly report: 'catalogueEnd';
  readonly entries: number;
  readonly sha256: string;
}

/** A result a line, in the order of the task's tables; `null` for a table that was not reached or is to be tried again. */
export type ResultsReport = ResultsChunkReport | ResultsEndReport;
export interface ResultsChunkReport extends Omit<CatalogueChunkReport, 'report'> {
  readonly report: 'resultsChunk';
}
export interface ResultsEndReport extends Omit<CatalogueEndReport, 'report'> {
  readonly report: 'resultsEnd';
}

/** The progress of a load. Counts and seconds are of the copy step so far. */
export interface Progress {
  readonly step: LoadStep;
  /** Records sent to PostgreSQL. */
  readonly rows: number;
  /** Bytes of DAT text read. */
  readonly bytes: number;
  /** Bytes read of the ZIP entry, and its size. */
  readonly compressedBytes: number;
  readonly totalCompressedBytes: number;
  readonly seconds: number;
  /** Of a Job that several tables share; everything above is of the one that is being loaded. */
  readonly tables?: TablesProgress;
}
export interface TablesProgress {
  /** The position of the table that is being loaded, among those of the task. */
  readonly current: number;
  /** Those that have been read, which the Job has not reported as loaded before its end. */
  readonly read: readonly ReadTable[];
}
export interface ReadTable extends Omit<Progress, 'step' | 'totalCompressedBytes' | 'tables'> {
  readonly table: number;
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
  /** The mothers whose versions differ most, at most `MAX_DRIFT` of them. */
  readonly drift?: readonly DriftSummary[];
  readonly seconds: Timings;
}
/** How many columns the versions of a mother have otherwise than the one before each. */
export interface DriftSummary {
  readonly mother: string;
  readonly versions: number;
  readonly added: number;
  readonly dropped: number;
  readonly retyped: number;
}
export const MAX_DRIFT = 10;
export interface LoadResult {
  readonly task: 'Load';
  /** Loaded: by this run. AlreadyLoaded: same content, by an earlier run. Skipped: other content exists, and `onExisting: Skip`. */
  readonly outcome: 'Loaded' | 'AlreadyLoaded' | 'Skipped';
  readonly message: string;
  readonly rows: number;
  readonly bytes: number;
  readonly streams: number;
  /** Records that could not be loaded and were left out, by this load or by the one that is kept. */
  readonly rejects?: number;
  /** The first of them. */
  readonly firstRejects?: readonly RejectSummary[];
  readonly warnings: readonly string[];
  readonly seconds: Timings;
}
/** Why a record was left out. */
export interface RejectSummary {
  /** In the DAT file, from 1, the header included. */
  readonly line: number;
  readonly column?: string | undefined;
  readonly code: string;
  readonly reason: string;
}
export interface FinishResult {
  readonly task: 'Finish';
  readonly outcome: 'Succeeded';
  /** Absent if the manifest asks for none. */
  readonly archive?: ArchiveResult;
  /** How many of the tables of earlier runs that count in this one are no longer there; absent where there were none to look for. */
  readonly gone?: number;
  /** How many tables that were found loaded were not looked for, since the task had no room for their names; absent where there are none. */
  readonly unasked?: number;
  readonly seconds: Timings;
}
/** What became of the dumps of a run. */
export interface ArchiveResult {
  readonly archived: number;
  readonly kept: number;
  /** Why the first of those was kept. */
  readonly reason?: string;
}
export interface FailedResult {
  readonly task: TaskKind;
  readonly outcome: 'Failed';
  readonly failure: Failure;
  /** Of tables that share a Job, those that ended all the same; a runner that was killed leaves none. */
  readonly results?: PackedResults;
}
/** The digest of all results, and the results themselves if they fit in: compressed by gzip, in base64. */
export interface PackedResults {
  readonly sha256: string;
  readonly gzip?: string;
}
export interface BatchResult {
  readonly task: 'LoadBatch';
  readonly outcome: 'Succeeded';
  readonly results: PackedResults;
  readonly seconds: Timings;
}
/** What became of one of the tables that share a Job. */
export type TableResult = LoadResult | FailedResult | null;
export type TaskResult = CatalogueResult | LoadResult | BatchResult | FinishResult | FailedResult;
