import type {
  DumpIngestionSpec,
  DumpIngestionStatus,
  TableIngestionSpec,
  TableIngestionStatus,
} from '../../crds/contract/generated.ts';
import type { Progress, TaskResult } from '../../crds/contract/report.ts';
import type { TaskKind } from '../../crds/contract/task.ts';
import type { Reason } from './reasons.ts';

/** Everything that a decision about one DumpIngestion rests on, as plain data; read from an apiserver or from this machine. */
export interface Observed {
  readonly ingestion: ObservedIngestion;
  /** The TableIngestions that this very DumpIngestion (by uid) owns. */
  readonly tables: readonly ObservedTable[];
  /** The Jobs that it owns. */
  readonly jobs: readonly ObservedJob[];
  /** The catalogue, where the catalogue Job's report could be read whole. It need not be read any more once `Catalogued` is true. */
  readonly catalogue?: readonly TableIngestionSpec[];
  /** Why there is none although the catalogue Job has succeeded and its report is not lost. */
  readonly catalogueTrouble?: CatalogueTrouble;
  /** Of the template that a Job would be made by now: the manifest's and the installation's. Undefined where there are no templates. */
  readonly templateDigest?: string;
  /** What keeps Jobs from being made at all: a quota, a policy, a namespace that ends. */
  readonly problem?: Problem;
}

/** Of the object as it was observed: what was decided by it must not be written over what somebody else has made of it since. */
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
  /** The TableIngestion that a load is for. */
  readonly tableName?: string;
  /** Pending: no runner is at work (not scheduled yet, or waiting before the next attempt). Succeeded and Failed are final. */
  readonly state: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Of the template that it was made by, where that is known. */
  readonly templateDigest?: string;
  /** It is being deleted: it holds its place until it is gone. */
  readonly deleting?: boolean;
  readonly attempts: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  /** How far the present attempt is. */
  readonly progress?: Progress;
  /** What the runner left at its end. Absent where it died without a word or where the word was lost. */
  readonly result?: TaskResult;
  /** Why it does not run, or why it failed where no result says so. */
  readonly problem?: Problem;
}

export interface Problem {
  /** A CamelCase word, for instance Unschedulable, ImagePullBackOff or CreateContainerConfigError. */
  readonly reason: string;
  readonly message: string;
}

export interface CatalogueTrouble extends Problem {
  readonly reason: Extract<Reason, 'CatalogueInvalid' | 'CatalogueUnreadable'>;
  /** Whether it may be over at the next look; else another look would find the same. */
  readonly isTransient: boolean;
}

/** What keeps the catalogue from being read, and may be over at the next look. */
export function transientProblem({ catalogueTrouble }: Observed): Problem | undefined {
  return catalogueTrouble?.isTransient === true ? catalogueTrouble : undefined;
}

/** Whether a Job holds one of the `maxParallelJobs` places. */
export function isActive(job: ObservedJob): boolean {
  return job.state === 'Pending' || job.state === 'Running' || job.deleting === true;
}
