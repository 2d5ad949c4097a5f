import type {
  DumpIngestionSpec,
  DumpIngestionStatus,
  TableIngestionSpec,
  TableIngestionStatus,
} from '../../crds/contract/generated.ts';
import type { Progress, TableResult, TaskResult } from '../../crds/contract/report.ts';
import type { TaskKind } from '../../crds/contract/task.ts';
import type { Reason } from './reasons.ts';

/** Everything that a decision about one DumpIngestion is based on, as plain data; from an apiserver or from this machine. */
export interface Observed {
  readonly ingestion: ObservedIngestion;
  /** The TableIngestions of its current run; owned by it, by uid. */
  readonly tables: readonly ObservedTable[];
  /** Those of earlier runs whose results count in this one, too (`runs.ts`). */
  readonly earlier?: readonly ObservedTable[];
  /** Those of earlier runs that no longer count, by name. */
  readonly superseded?: readonly string[];
  /** The files of the dumps that an earlier run could not read, until this one has its catalogue. */
  readonly unread?: readonly string[];
  /** The Jobs of the current run. */
  readonly jobs: readonly ObservedJob[];
  /** The catalogue, if the catalogue Job's report could be read in full. No longer needed once `Catalogued` is true. */
  readonly catalogue?: readonly TableIngestionSpec[];
  /** Why there is no catalogue although the catalogue Job has succeeded and its report is not lost. */
  readonly catalogueProblem?: CatalogueProblem;
  /** When the DumpIngestion's status was last written, in milliseconds; undefined where a write costs nothing, or if it is not known. */
  readonly statusWrittenAt?: number;
  /** Of the template from which a Job would be created now: the manifest's and the installation's. Undefined for executors without templates. */
  readonly templateDigest?: string;
  /** Why no Jobs can be created: a quota, a policy, a namespace that is being deleted. */
  readonly problem?: Problem;
}

/** Of the object as it was observed: a decision based on it must not overwrite what somebody else has written since. */
export type ResourceVersion = string;

export interface ObservedIngestion {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion?: ResourceVersion;
    readonly deletionTimestamp?: string;
  };
  readonly spec: DumpIngestionSpec;
  readonly status: DumpIngestionStatus;
}

export interface ObservedTable {
  readonly name: string;
  readonly generation: number;
  readonly resourceVersion?: ResourceVersion;
  readonly spec: TableIngestionSpec;
  readonly status: TableIngestionStatus;
}

export interface ObservedJob {
  readonly name: string;
  readonly kind: TaskKind;
  /** The TableIngestion of a load. */
  readonly tableName?: string;
  /** Those of a Job that several tables share, in the order in which they are loaded. */
  readonly tableNames?: readonly string[];
  /** Pending: no runner is running (not scheduled yet, or waiting for the next attempt). Succeeded and Failed are final. */
  readonly state: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Of the template from which it was created, if known. */
  readonly templateDigest?: string;
  /** It is being deleted: it holds its slot until it no longer exists. */
  readonly deleting?: boolean;
  readonly attempts: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  /** The progress of the current attempt. */
  readonly progress?: Progress;
  /** Since when that progress is the same; only known of a running load. */
  readonly silentSince?: string;
  /** The runner's result. Absent if the runner died without one, or if the result was lost. */
  readonly result?: TaskResult;
  /** What became of each of `tableNames`, once it has ended. Absent if the runner died without, or if they were lost. */
  readonly results?: readonly TableResult[];
  /** Why the results cannot be read at the moment. */
  readonly resultsProblem?: Problem;
  /** Why it does not run, or why it failed if there is no result. */
  readonly problem?: Problem;
}

export interface Problem {
  /** A CamelCase word, for example Unschedulable, ImagePullBackOff or CreateContainerConfigError. */
  readonly reason: string;
  readonly message: string;
}

export interface CatalogueProblem extends Problem {
  readonly reason: Extract<Reason, 'CatalogueInvalid' | 'CatalogueUnreadable'>;
  /** Whether it may have passed by the next reconcile; if not, retrying is no use. */
  readonly isTransient: boolean;
}

/** Why the catalogue cannot be read at the moment. */
export function transientProblem({ catalogueProblem }: Observed): Problem | undefined {
  return catalogueProblem?.isTransient === true ? catalogueProblem : undefined;
}

/** Whether it loads tables, one or several. */
export function isLoad({ kind }: Pick<ObservedJob, 'kind'>): boolean {
  return kind === 'Load' || kind === 'LoadBatch';
}

/** The TableIngestions of a Job that loads. */
export function tablesOf({ tableName, tableNames = [] }: ObservedJob): readonly string[] {
  return tableName === undefined ? tableNames : [tableName];
}

/** Whether a Job holds one of the `maxParallelJobs` slots. */
export function isActive(job: ObservedJob): boolean {
  return job.state === 'Pending' || job.state === 'Running' || job.deleting === true;
}

/** The slots of a run: a source database may allow fewer reads at a time than `maxParallelJobs`. */
export function maxParallelLoads({ loading, source }: Pick<ObservedIngestion['spec'], 'loading' | 'source'>): number {
  return Math.min(loading.maxParallelJobs, source.database?.maxParallelReads ?? Infinity);
}

/** How many connections may read one table of a source database: the share of a slot, so that all of them together stay within `maxParallelReads`. */
export function readsPerTable(spec: Pick<ObservedIngestion['spec'], 'loading' | 'source'>): number {
  const loads = maxParallelLoads(spec);
  return Math.floor((spec.source.database?.maxParallelReads ?? loads) / loads);
}
