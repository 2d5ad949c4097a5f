import { posix } from 'node:path';
import { databaseFormat, resolveFormat } from '../../crds/contract/format.ts';
import { loadTaskOf, type LoadsTask } from '../../crds/contract/load-task.ts';
import type { RecordPrivacy } from '../../crds/contract/errors.ts';
import { dropsTables } from '../../crds/contract/mother-policy.ts';
import { searchedDumps } from '../../crds/contract/searched-dumps.ts';
import type {
  ArchiveAction,
  ArchiveTask,
  CatalogueTask,
  Decryption,
  DumpsLocation,
  FinishTask,
  LoadTask,
  RemoteDumps,
  Source,
  Task,
} from '../../crds/contract/task.ts';
import type { Work } from '../decide/action.ts';
import { readsPerTable, type ObservedIngestion } from '../decide/observed.ts';
import { identityOf } from '../decide/runs.ts';

/** What the executor adds to the manifest. */
export interface TaskContext {
  /** Where the runner finds the volume with the dumps; `spec.source.path` is relative to it. */
  readonly volumeFolder: string;
  /** Where it finds `spec.archive.volume`, if there is one. */
  readonly archiveFolder?: string | undefined;
  /** Where it finds the files of the Secrets of a bucket, a server or a source database; without it the runner's environment has what they would say. */
  readonly sourceSecretsFolder?: string | undefined;
  /** What encrypted dumps are decrypted with, where the manifest says so. */
  readonly decryption?: Decryption | undefined;
  /** The type map files of `spec.format.dialects`, by dialect name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** The installation's `spec.privacy.records`. */
  readonly records: RecordPrivacy;
}

type WorkOf<Kind extends Work['kind']> = Extract<Work, { kind: Kind }>;

export function buildTask(ingestion: ObservedIngestion, work: Work, context: TaskContext): Task {
  switch (work.kind) {
    case 'Catalogue':
      return buildCatalogueTask(ingestion, context, work.keepsTables);
    case 'Load':
      return buildLoadTask(ingestion, work, context);
    case 'LoadBatch':
      return { kind: 'LoadBatch', ...loadsPart(ingestion, context), tables: work.tables.map(({ spec }) => spec) };
    case 'Finish':
      return buildFinishTask(ingestion, work, context);
  }
}

export function buildCatalogueTask(
  ingestion: ObservedIngestion,
  context: TaskContext,
  keepsTables = false,
): CatalogueTask {
  const { motherTables, loading } = ingestion.spec;
  const archive = archiveActionOf(ingestion);
  return {
    kind: 'Catalogue',
    ...dumpsPart(ingestion, context),
    source: searchedDumps(ingestion.spec),
    ...(archive === undefined ? {} : { archive }),
    onExisting: loading.onExisting,
    motherTables:
      keepsTables && dropsTables(motherTables.policy) ? { ...motherTables, policy: 'Create' } : motherTables,
  };
}

export function buildLoadTask(ingestion: ObservedIngestion, work: WorkOf<'Load'>, context: TaskContext): LoadTask {
  return loadTaskOf(loadsPart(ingestion, context), work.table);
}

export function buildFinishTask(
  ingestion: ObservedIngestion,
  work: WorkOf<'Finish'>,
  context: Omit<TaskContext, 'dialectFiles'>,
): FinishTask {
  const archive = archivePart(ingestion, context);
  return {
    kind: 'Finish',
    ...commonPart(ingestion, context),
    mothers: work.mothers,
    ...(work.unchangedMothers === undefined ? {} : { unchangedMothers: work.unchangedMothers }),
    ...(work.own === undefined ? {} : { own: work.own }),
    ...(work.earlier === undefined ? {} : { earlier: work.earlier }),
    ...(archive === undefined ? {} : { archive }),
  };
}

function archivePart(
  ingestion: ObservedIngestion,
  context: Omit<TaskContext, 'dialectFiles'>,
): ArchiveTask | undefined {
  const { source, archive } = ingestion.spec;
  const action = archiveActionOf(ingestion);
  if (archive === undefined || action === undefined) return undefined;
  const { path, name, evenIfTablesFailed } = archive;
  const archiveFolder = source.s3 === undefined ? (context.archiveFolder ?? context.volumeFolder) : '';
  // An encrypted dump is archived as it is.
  const { volumeFolder, sourceSecretsFolder } = context;
  const location = locationOf(source, { volumeFolder, sourceSecretsFolder });
  return { action, path, name, evenIfTablesFailed, archiveFolder, ...location };
}

function archiveActionOf({ spec: { archive } }: ObservedIngestion): ArchiveAction | undefined {
  return archive === undefined || archive.action === 'Keep' ? undefined : archive.action;
}

function loadsPart(ingestion: ObservedIngestion, context: TaskContext): LoadsTask {
  const { loading, motherTables, rejects } = ingestion.spec;
  const { streamsPerTable, onExisting } = loading;
  const { indexes } = motherTables;
  const archive = archiveActionOf(ingestion);
  const loads = { loading: { streamsPerTable, onExisting }, indexes, rejects };
  const dumps = dumpsPart(ingestion, context);
  const database = dumps.database && { ...dumps.database, readsPerTable: readsPerTable(ingestion.spec) };
  return { ...dumps, ...(database && { database }), ...loads, ...(archive === undefined ? {} : { archive }) };
}

function dumpsPart(ingestion: ObservedIngestion, context: TaskContext) {
  const { dialectFiles } = context;
  const { source, limits } = ingestion.spec;
  const { format: spec } = ingestion.spec;
  const format = source.database === undefined ? resolveFormat(spec) : databaseFormat(spec, source.database.driver);
  return { ...commonPart(ingestion, context), ...locationOf(source, context), format, dialectFiles, limits };
}

function locationOf(
  source: Source,
  {
    volumeFolder,
    sourceSecretsFolder,
    decryption,
  }: Pick<TaskContext, 'volumeFolder' | 'sourceSecretsFolder' | 'decryption'>,
): DumpsLocation {
  const { s3, https, database } = source;
  if (database !== undefined) return { dumpsFolder: '', database: { ...database, secretsFolder: sourceSecretsFolder } };
  const decrypted = decryption === undefined ? {} : { decryption };
  if (s3 === undefined && https === undefined)
    return { dumpsFolder: posix.join(volumeFolder, source.path), ...decrypted };
  const kind = s3 === undefined ? { https } : { s3 };
  return { dumpsFolder: '', ...decrypted, remote: { ...(kind as RemoteDumps), secretsFolder: sourceSecretsFolder } };
}

/** Not by its generation: changing `suspend` or `maxParallelJobs` does not create a new run. */
function commonPart(ingestion: ObservedIngestion, { records }: Pick<TaskContext, 'records'>) {
  const { metadata, spec } = ingestion;
  return {
    ingestion: { namespace: metadata.namespace, name: metadata.name, run: identityOf(ingestion) },
    target: spec.target,
    records: spec.privacy?.records ?? records,
  };
}
