import { posix } from 'node:path';
import { resolveFormat } from '../../crds/contract/format.ts';
import { loadTaskOf, type LoadsTask } from '../../crds/contract/load-task.ts';
import type { CatalogueTask, FinishTask, LoadTask, Task } from '../../crds/contract/task.ts';
import type { Work } from '../decide/action.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** What the executor adds to the manifest. */
export interface TaskContext {
  /** Where the runner finds the volume with the dumps; `spec.source.path` is relative to it. */
  readonly volumeFolder: string;
  /** The type map files of `spec.format.dialects`, by dialect name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
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
      return buildFinishTask(ingestion, work);
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

export function buildFinishTask(ingestion: ObservedIngestion, work: WorkOf<'Finish'>): FinishTask {
  return { kind: 'Finish', ...commonPart(ingestion), mothers: work.mothers };
}

function loadsPart(ingestion: ObservedIngestion, context: TaskContext): LoadsTask {
  const { loading, motherTables } = ingestion.spec;
  const { streamsPerTable, onExisting } = loading;
  const { indexes } = motherTables;
  return { ...dumpsPart(ingestion, context), loading: { streamsPerTable, onExisting }, indexes };
}

function dumpsPart(ingestion: ObservedIngestion, { volumeFolder, dialectFiles }: TaskContext) {
  const { source, limits } = ingestion.spec;
  const dumpsFolder = posix.join(volumeFolder, source.path);
  return { ...commonPart(ingestion), dumpsFolder, format: resolveFormat(ingestion.spec.format), dialectFiles, limits };
}

/** The uid alone identifies a run: changing `suspend` or `maxParallelJobs` creates a new generation, not a new run. */
function commonPart({ metadata, spec }: ObservedIngestion) {
  return { ingestion: { namespace: metadata.namespace, name: metadata.name, run: metadata.uid }, target: spec.target };
}
