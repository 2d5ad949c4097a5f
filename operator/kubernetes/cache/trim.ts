import type {
  DumpIngestionObject,
  JobObject,
  KubernetesObject,
  ObjectMetadata,
  PodObject,
  TableIngestionObject,
} from '../client/objects.ts';

/**
 * What the caches keep of each object, for as long as it exists: what the types in `objects.ts` name and not what else the apiserver sends.
 * Who wrote which field is the larger part of many an object; a pod's spec holds its task, which may be 128 KiB.
 */
export function keepIngestion({ metadata, spec, status }: DumpIngestionObject): DumpIngestionObject {
  return { metadata: keepMetadata(metadata), spec, ...optional({ status }) };
}

export function keepTable({ metadata, spec, status }: TableIngestionObject): TableIngestionObject {
  return { metadata: keepMetadata(metadata), spec, ...optional({ status }) };
}

export function trimJob({ metadata, spec, status }: JobObject): JobObject {
  return {
    metadata: keepMetadata(metadata),
    ...(spec?.suspend === true ? { spec: { suspend: true } } : {}),
    ...optional({ status }),
  };
}

export function keepPod({ metadata, status }: PodObject): PodObject {
  if (status === undefined) return { metadata: keepMetadata(metadata) };
  const { phase, reason, message, startTime, conditions, containerStatuses } = status;
  return {
    metadata: keepMetadata(metadata),
    status: optional({
      ...{ phase, reason, message, startTime, conditions },
      containerStatuses: containerStatuses?.map(({ name, state }) => ({ name, ...optional({ state }) })),
    }),
  };
}

function keepMetadata(metadata: KubernetesObject['metadata']): ObjectMetadata {
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    labels,
    ownerReferences,
  } = metadata;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    ...optional({ generation, creationTimestamp, deletionTimestamp, labels, ownerReferences }),
  };
}

/** The fields that are there. */
function optional<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
