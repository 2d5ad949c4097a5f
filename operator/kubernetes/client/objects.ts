import type {
  DumpIngestionSpec,
  DumpIngestionStatus,
  ScheduledDumpIngestionSpec,
  ScheduledDumpIngestionStatus,
  TableIngestionSpec,
  TableIngestionStatus,
} from '../../../crds/contract/generated.ts';

/** The fields of the apiserver's objects that the operator reads. Times are strings, as in JSON. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

export interface KubernetesObject {
  readonly metadata: ObjectMetadata;
}

export interface DumpIngestionObject extends KubernetesObject {
  readonly spec: DumpIngestionSpec;
  readonly status?: DumpIngestionStatus;
}

export interface TableIngestionObject extends KubernetesObject {
  readonly spec: TableIngestionSpec;
  readonly status?: TableIngestionStatus;
}

/** Without its template where it comes from a cache. */
export interface ScheduledDumpIngestionObject extends KubernetesObject {
  readonly spec: Omit<ScheduledDumpIngestionSpec, 'ingestionTemplate'> &
    Partial<Pick<ScheduledDumpIngestionSpec, 'ingestionTemplate'>>;
  readonly status?: ScheduledDumpIngestionStatus;
}

export interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface JobObject extends KubernetesObject {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly active?: number;
    readonly failed?: number;
    readonly succeeded?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly (ObjectCondition & { readonly lastTransitionTime?: string })[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly finishedAt?: string;
    };
  };
}

export interface PodObject extends KubernetesObject {
  /** Where it comes from a cache, of one that is being deleted alone. */
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    readonly reason?: string;
    readonly message?: string;
    readonly startTime?: string;
    readonly conditions?: readonly ObjectCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface EventObject extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly type?: string;
  readonly lastTimestamp?: string | null;
}

/** A kind of object as it appears in the apiserver's paths. */
export interface Resource {
  readonly group: string;
  readonly plural: string;
  /** Only objects with this label. */
  readonly label?: string;
  /** How many are listed at once; by default 500. */
  readonly pageSize?: number;
}

/** The path of a collection, of an object in it, or of a subresource; without a namespace, the collection across all namespaces. */
export function pathOf({ group, plural }: Resource, namespace?: string, ...more: string[]): string {
  const start = group.includes('/') ? `/apis/${group}` : `/api/${group}`;
  const within = namespace === undefined ? [] : ['namespaces', namespace];
  return [start, ...[...within, plural, ...more].map(encodeURIComponent)].join('/');
}

export function ownerUid({ metadata }: KubernetesObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}

/** The resource in a path, for example `pods/log`: the inverse of `pathOf`. */
export function resourceOf(path: string): string {
  const [, start, group, ...more] = path.split('/');
  const below = start === 'apis' ? more.slice(1) : more;
  const [plural = group ?? '', , part] = below[0] === 'namespaces' && below.length > 2 ? below.slice(2) : below;
  return part === undefined ? plural : `${plural}/${part}`;
}
