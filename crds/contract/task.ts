import type { RecordPrivacy } from './errors.ts';
import type { Format } from './format.ts';
import type { DumpIngestionSpec, TableIngestionSpec } from './generated.ts';

/**
 * What a runner has to do. A task is passed as JSON in the environment variable `MOTHERLOAD_TASK` (Linux limits one variable to 128 KiB), so it
 * has only the parts of the spec that its kind needs. It never contains a secret: the database's URI is in a file of the folder
 * `MOTHERLOAD_DATABASE_FOLDER`, where a Job mounts its Secrets, or on this machine in `MOTHERLOAD_DATABASE_URI`.
 */
export const TASK_VARIABLE = 'MOTHERLOAD_TASK';
export const DATABASE_FOLDER_VARIABLE = 'MOTHERLOAD_DATABASE_FOLDER';
export const DATABASE_URI_VARIABLE = 'MOTHERLOAD_DATABASE_URI';
/** The files in that folder: the URI, and those of `spec.target.tls`. */
export const DATABASE_FILES = { uri: 'uri', authority: 'ca.crt', certificate: 'tls.crt', key: 'tls.key' } as const;
/** The file for the result; Kubernetes' default if it is not set. */
export const RESULT_FILE_VARIABLE = 'MOTHERLOAD_RESULT_FILE';
export const DEFAULT_RESULT_FILE = '/dev/termination-log';
/** `none` where nobody would read the runner's log. Its reports are written all the same. */
export const LOG_VARIABLE = 'MOTHERLOAD_LOG';
/** `zlib`: entries are unpacked by Node's zlib and not by our own WebAssembly. */
export const UNPACKER_VARIABLE = 'MOTHERLOAD_UNPACKER';

export type Source = DumpIngestionSpec['source'];
export type { Format } from './format.ts';
export type Target = DumpIngestionSpec['target'];
export type MotherTables = DumpIngestionSpec['motherTables'];
export type Loading = DumpIngestionSpec['loading'];
export type RejectLimits = NonNullable<DumpIngestionSpec['rejects']>;
export type Limits = DumpIngestionSpec['limits'];

interface TaskBase {
  /** The DumpIngestion that the task belongs to. `run` identifies this run: its uid, or its uid and generation. */
  readonly ingestion: { readonly namespace: string; readonly name: string; readonly run: string };
  readonly target: Target;
  /** Whether values of the dumps may be in results and logs; hidden where it is not set. */
  readonly records?: RecordPrivacy | undefined;
}

interface DumpsTask extends TaskBase {
  /** The folder with the dumps as the runner sees it, `spec.source.path` included. */
  readonly dumpsFolder: string;
  /** Complete; that of a single load is its table's own. */
  readonly format: Format;
  /** The type map files of `spec.format.dialects`, by the dialect's name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
  readonly limits: Limits;
}

/** Find the dumps, decide on each table, prepare the mother tables. */
export interface CatalogueTask extends DumpsTask {
  readonly kind: 'Catalogue';
  readonly source: Pick<Source, 'include' | 'exclude'>;
  readonly motherTables: MotherTables;
}

/** Load one table. */
export interface LoadTask extends DumpsTask {
  readonly kind: 'Load';
  readonly table: TableIngestionSpec;
  readonly loading: Pick<Loading, 'streamsPerTable' | 'onExisting'>;
  readonly indexes: MotherTables['indexes'];
  /** Records that may be left out; none where it is not set. */
  readonly rejects?: RejectLimits | undefined;
}

/** Load several small tables, one after the other. */
export interface LoadBatchTask extends DumpsTask {
  readonly kind: 'LoadBatch';
  readonly tables: readonly TableIngestionSpec[];
  readonly loading: LoadTask['loading'];
  readonly indexes: LoadTask['indexes'];
  readonly rejects?: LoadTask['rejects'];
}

/** What is left once all tables are done: statistics of the mother tables. */
export interface FinishTask extends TaskBase {
  readonly kind: 'Finish';
  readonly mothers: readonly string[];
}

export type Task = CatalogueTask | LoadTask | LoadBatchTask | FinishTask;
export type TaskKind = Task['kind'];
