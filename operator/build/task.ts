import { posix } from 'node:path';
import type { CatalogueTask, FinishTask, LoadTask, Task } from '../../crds/contract/task.ts';
import type { Work } from '../decide/action.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** What the hands know and the manifest does not. */
export interface TaskContext {
  /** Where the runner sees the top of the volume with the dumps; `spec.source.path` lies below it. */
  readonly volumeFolder: string;
  /** The type map files of `spec.format.dialects`, by the dialect's name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
}

type WorkOf<Kind extends Work['kind']> = Extract<Work, { kind: Kind }>;

export function buildTask(ingestion: ObservedIngestion, work: Work, surroundings: TaskContext): Task {
  switch (work.kind) {
    case 'Catalogue':
      return buildCatalogueTask(ingestion, surroundings);
    case 'Load':
      return buildLoadTask(ingestion, work, surroundings);
    case 'Finish':
      return buildFinishTask(ingestion, work);
  }
}

export function buildCatalogueTask(ingestion: ObservedIngestion, surroundings: TaskContext): CatalogueTask {
  const { source, motherTables } = ingestion.spec;
  return {
    kind: 'Catalogue',
    ...dumpsPart(ingestion, surroundings),
    source: { include: source.include, exclude: source.exclude },
    motherTables,
  };
}

export function buildLoadTask(ingestion: ObservedIngestion, work: WorkOf<'Load'>, surroundings: TaskContext): LoadTask {
  const { streamsPerTable, onExisting } = ingestion.spec.loading;
  return {
    kind: 'Load',
    ...dumpsPart(ingestion, surroundings),
    table: work.table,
    loading: { streamsPerTable, onExisting },
    indexes: ingestion.spec.motherTables.indexes,
  };
}

export function buildFinishTask(ingestion: ObservedIngestion, work: WorkOf<'Finish'>): FinishTask {
  return { kind: 'Finish', ...commonPart(ingestion), mothers: work.mothers };
}

function dumpsPart(ingestion: ObservedIngestion, { volumeFolder, dialectFiles }: TaskContext) {
  const { source, format, limits } = ingestion.spec;
  return { ...commonPart(ingestion), dumpsFolder: posix.join(volumeFolder, source.path), format, dialectFiles, limits };
}

/** A run is named by the uid alone: changing `suspend` or `maxParallelJobs` makes a new generation, but the same run. */
function commonPart({ metadata, spec }: ObservedIngestion) {
  return { ingestion: { namespace: metadata.namespace, name: metadata.name, run: metadata.uid }, target: spec.target };
}
