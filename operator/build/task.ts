import { posix } from 'node:path';
import { resolveFormat } from '../../crds/contract/format.ts';
import { loadTaskOf, type LoadsTask } from '../../crds/contract/load-task.ts';
import type { RecordPrivacy } from '../../crds/contract/errors.ts';
import type { CatalogueTask, FinishTask, LoadTask, Task } from '../../crds/contract/task.ts';
import type { Work } from '../decide/action.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** What the executor adds to the manifest. */
export interface TaskContext {
  /** Where the runner finds the volume with the dumps; `spec.source.path` is relative to it. */
  readonly volumeFolder: string;
  /** The type map files of `spec.format.dialects`, by dialect name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** The installation's `spec.privacy.records`. */
  readonly records: RecordPrivacy;
}

type WorkOf<Kind extends Work['kind']> = Extract<Work, { kind: Kind }>;

export function buildTask(ingestion: ObservedIngestion, work: Work, context: TaskContext): Task {
  switch (work.kind) {
    case 'Catalogue':
      return buildCatalogueTask(ingestion, context);
    case 'Load':
      return buildLoadTask(ingestion, work, context);
    case 'LoadBatch':
      return { kind: 'LoadBatch', ...loadsPart(ingestion, context), tables: work.tables.map(({ spec }) => spec) };
    case 'Finish':
      return buildFinishTask(ingestion, work, context);
  }
}

export function buildCatalogueTask(ingestion: ObservedIngestion, context: TaskContext): CatalogueTask {
  const { source, motherTables } = ingestion.spec;
  return {
    kind: 'Catalogue',
    ...dumpsPart(ingestion, context),
    source: { include: source.include, exclude: source.exclude },
    motherTables,
  };
}

export function buildLoadTask(ingestion: ObservedIngestion, work: WorkOf<'Load'>, context: TaskContext): LoadTask {
  return loadTaskOf(loadsPart(ingestion, context), work.table);
}

export function buildFinishTask(
  ingestion: ObservedIngestion,
  work: WorkOf<'Finish'>,
  context: Pick<TaskContext, 'records'>,
): FinishTask {
  return { kind: 'Finish', ...commonPart(ingestion, context), mothers: work.mothers };
}

function loadsPart(ingestion: ObservedIngestion, context: TaskContext): LoadsTask {
  const { loading, motherTables, rejects } = ingestion.spec;
  const { streamsPerTable, onExisting } = loading;
  const { indexes } = motherTables;
  return { ...dumpsPart(ingestion, context), loading: { streamsPerTable, onExisting }, indexes, rejects };
}

function dumpsPart(ingestion: ObservedIngestion, context: TaskContext) {
  const { volumeFolder, dialectFiles } = context;
  const { source, limits } = ingestion.spec;
  const dumpsFolder = posix.join(volumeFolder, source.path);
  const format = resolveFormat(ingestion.spec.format);
  return { ...commonPart(ingestion, context), dumpsFolder, format, dialectFiles, limits };
}

/** The uid alone identifies a run: changing `suspend` or `maxParallelJobs` creates a new generation, not a new run. */
function commonPart({ metadata, spec }: ObservedIngestion, { records }: Pick<TaskContext, 'records'>) {
  return {
    ingestion: { namespace: metadata.namespace, name: metadata.name, run: metadata.uid },
    target: spec.target,
    records: spec.privacy?.records ?? records,
  };
}
