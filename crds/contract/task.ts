import type { RecordPrivacy } from './errors.ts';
import type { Format } from './format.ts';
import type { DumpIngestionSpec, TableIngestionSpec } from './generated.ts';
import type { PackedNames } from './packed-names.ts';

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
export type S3Source = NonNullable<Source['s3']>;
export type HttpsSource = NonNullable<Source['https']>;
export type DatabaseSource = NonNullable<Source['database']>;

/** The files of the Secrets of `spec.source` in their folder. */
export const SOURCE_FILES = {
  accessKeyId: 'access-key-id',
  secretAccessKey: 'secret-access-key',
  sessionToken: 'session-token',
  authority: 'ca.crt',
  headers: 'headers',
  gpgKey: 'gpg-key',
  gpgPassphrase: 'gpg-passphrase',
  zipPassword: 'zip-password',
  connection: 'connection',
} as const;

/** Dumps that do not lie in a folder: in a bucket, or on servers; one of the two. */
export interface RemoteDumps {
  readonly s3?: S3Source;
  readonly https?: HttpsSource;
  /** Where the runner finds `SOURCE_FILES`; without it what they would say comes from its environment. */
  readonly secretsFolder?: string | undefined;
}

/** A database that is read in place of dumps. */
export interface SourceDatabase extends DatabaseSource {
  /** How many connections may read one table; one where it is not set. */
  readonly readsPerTable?: number | undefined;
  /** Where the runner finds `SOURCE_FILES`. */
  readonly secretsFolder?: string | undefined;
}

/** Where the tables of a run are: in the dumps of a folder or of a server, or in a database. */
export interface DumpsLocation {
  /** The folder with the dumps as the runner sees it, `spec.source.path` included; empty if they are not in one. */
  readonly dumpsFolder: string;
  readonly remote?: RemoteDumps | undefined;
  /** How encrypted ones are decrypted; what it says nothing about is refused. */
  readonly decryption?: Decryption | undefined;
  readonly database?: SourceDatabase | undefined;
}

/** What encrypted dumps, and encrypted entries of ZIPs, are decrypted with. */
export interface Decryption {
  readonly gpg?: GpgDecryption | undefined;
  readonly zipPasswordFile?: string | undefined;
}

/** What GnuPG decrypts with. The files are those of `SOURCE_FILES`, or the user's own. */
export interface GpgDecryption {
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
  /** Where folders for imported keys are made, in memory and by a short path; without it the user's own keys are used. */
  readonly homeFolder?: string | undefined;
}
export type { Format } from './format.ts';
export type Archive = NonNullable<DumpIngestionSpec['archive']>;
/** What is done with a dump that is loaded; nothing where it is `Keep`. */
export type ArchiveAction = Exclude<Archive['action'], 'Keep'>;
export type Target = DumpIngestionSpec['target'];
export type MotherTables = DumpIngestionSpec['motherTables'];
export type Loading = DumpIngestionSpec['loading'];
export type RejectLimits = NonNullable<DumpIngestionSpec['rejects']>;
export type Limits = DumpIngestionSpec['limits'];

interface TaskBase {
  /** The DumpIngestion that the task belongs to. `run` identifies this run: see `runIdentity`. */
  readonly ingestion: { readonly namespace: string; readonly name: string; readonly run: string };
  readonly target: Target;
  /** Whether values of the dumps may be in results and logs; hidden where it is not set. */
  readonly records?: RecordPrivacy | undefined;
}

interface DumpsTask extends TaskBase, DumpsLocation {
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
  /** Of the loads: a version that they leave as it is changes no mother table. */
  readonly onExisting: Loading['onExisting'];
  /** What the finish Job will do with the dumps, for which the ledger records them; nothing where it is not set. */
  readonly archive?: ArchiveAction | undefined;
}

/** Load one table. */
export interface LoadTask extends DumpsTask {
  readonly kind: 'Load';
  readonly table: TableIngestionSpec;
  readonly loading: Pick<Loading, 'streamsPerTable' | 'onExisting'>;
  readonly indexes: MotherTables['indexes'];
  /** Records that may be left out; none where it is not set. */
  readonly rejects?: RejectLimits | undefined;
  /** As of the catalogue: the ledger records a table that was loaded before. */
  readonly archive?: ArchiveAction | undefined;
}

/** Load several small tables, one after the other. */
export interface LoadBatchTask extends DumpsTask {
  readonly kind: 'LoadBatch';
  readonly tables: readonly TableIngestionSpec[];
  readonly loading: LoadTask['loading'];
  readonly indexes: LoadTask['indexes'];
  readonly rejects?: LoadTask['rejects'];
  readonly archive?: LoadTask['archive'];
}

/** What is left once all tables are done: statistics of the mother tables, the archive of the dumps, whether all that was loaded is there. */
export interface FinishTask extends TaskBase {
  readonly kind: 'Finish';
  /** Those with versions that the run has loaded. */
  readonly mothers: readonly string[];
  /** Those of which it has found all versions loaded: the run that loaded them may have been stopped before its own finish Job. */
  readonly unchangedMothers?: readonly string[] | undefined;
  /** What is to be there at its end, by what its Jobs reported; nothing where it is not set. */
  readonly own?: ReportedTables | undefined;
  /** The same of the runs before it whose tables count in this one. */
  readonly earlier?: (ReportedTables & { readonly runs: readonly string[] }) | undefined;
  readonly archive?: ArchiveTask | undefined;
}

export interface ReportedTables {
  /** How many version tables were loaded; the ledger knows which. */
  readonly loaded: number;
  /** Those that were found loaded, whoever had loaded them. */
  readonly found?: PackedNames | undefined;
}

/** What to do with the dumps that are loaded, and where they lie. */
export interface ArchiveTask extends DumpsLocation, Pick<Archive, 'path' | 'name' | 'evenIfTablesFailed'> {
  readonly action: ArchiveAction;
  /** The volume of the archive as the runner sees it, which `path` counts from and nothing may leave; empty for a bucket. */
  readonly archiveFolder: string;
}

export type Task = CatalogueTask | LoadTask | LoadBatchTask | FinishTask;
export type TaskKind = Task['kind'];
