import { LABELS, QUEUE_LABEL, TABLES_ANNOTATION } from '../../../crds/contract/names.ts';
import type {
  ContainerStatus,
  DumpIngestionObject,
  JobObject,
  KubernetesObject,
  ObjectMetadata,
  PodObject,
  ScheduledDumpIngestionObject,
  TableIngestionObject,
} from '../client/objects.ts';

const OWN_LABELS = [...Object.values(LABELS), QUEUE_LABEL];

/**
 * The parts of objects that the caches keep: the fields of the types in `objects.ts`, and nothing else that the apiserver sends. In many
 * objects `managedFields` is the larger part; a pod's spec contains its task, which may be 128 KiB.
 */
export function trimIngestion({ metadata, spec, status }: DumpIngestionObject): DumpIngestionObject {
  // Of 2,000 mother tables, for instance. Only the catalogue Job needs them, and whoever creates it asks for them.
  const motherTables = { ...spec.motherTables, definitions: [] };
  return { metadata: trimMetadata(metadata), spec: { ...spec, motherTables }, ...optional({ status }) };
}

/** Whoever creates a run asks for the template. */
export function trimSchedule({ metadata, spec, status }: ScheduledDumpIngestionObject): ScheduledDumpIngestionObject {
  const kept = { ...spec };
  delete kept.ingestionTemplate;
  return { metadata: trimMetadata(metadata), spec: kept, ...optional({ status }) };
}

/** Without labels, which are for people: what a table belongs to is in its spec. */
export function trimTable({ metadata, spec, status }: TableIngestionObject): TableIngestionObject {
  return { metadata: withoutLabels(metadata), spec, ...optional({ status }) };
}

/** Of its conditions those that hold. */
export function trimJob({ metadata, spec, status }: JobObject): JobObject {
  const tables = metadata.annotations?.[TABLES_ANNOTATION];
  const { active, failed, succeeded, startTime, completionTime, conditions } = status ?? {};
  return {
    metadata: {
      ...trimMetadata(metadata),
      ...(tables === undefined ? {} : { annotations: { [TABLES_ANNOTATION]: tables } }),
    },
    ...(spec?.suspend === true ? { spec: { suspend: true } } : {}),
    status: optional({
      ...{ active, failed, succeeded, startTime, completionTime },
      conditions: conditions
        ?.filter(({ status }) => status === 'True')
        .map(({ type, status, reason, message, lastTransitionTime }) => ({
          ...{ type, status },
          ...optional({ reason, message, lastTransitionTime }),
        })),
    }),
  };
}

/** Of its conditions and of containers that run before the runner those that say what is missing; of its phases the one that nothing else shows; its node where that may not stop it. */
export function trimPod({ metadata, spec, status }: PodObject): PodObject {
  const { phase, reason, message, conditions, initContainerStatuses, containerStatuses } = status ?? {};
  const before =
    initContainerStatuses?.filter(({ state }) => state?.terminated?.exitCode !== 0).map(trimContainer) ?? [];
  const { nodeName } = spec ?? {};
  const isPlaced = metadata.deletionTimestamp !== undefined && nodeName !== undefined;
  return {
    metadata: withoutLabels(metadata),
    ...(isPlaced ? { spec: { nodeName } } : {}),
    status: optional({
      ...(phase === 'Failed' ? { phase, reason, message } : {}),
      conditions: conditions
        ?.filter(({ status }) => status === 'False')
        .map(({ type, status, reason, message }) => ({ type, status, ...optional({ reason, message }) })),
      initContainerStatuses: before.length === 0 ? undefined : before,
      containerStatuses: containerStatuses?.map(trimContainer),
    }),
  };
}

function trimContainer({ name, state }: ContainerStatus): ContainerStatus {
  return { name, ...optional({ state }) };
}

function trimMetadata(metadata: KubernetesObject['metadata']): ObjectMetadata {
  return { ...withoutLabels(metadata), ...optional({ labels: ownLabels(metadata.labels) }) };
}

function withoutLabels(metadata: KubernetesObject['metadata']): ObjectMetadata {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  return {
    ...{ name, namespace, uid, resourceVersion },
    ...optional({ generation, creationTimestamp, deletionTimestamp }),
    ...optional({ ownerReferences: controllerOf(metadata.ownerReferences) }),
  };
}

/** Anybody may put thousands on an object. */
function ownLabels(labels: ObjectMetadata['labels']): ObjectMetadata['labels'] {
  const own = OWN_LABELS.flatMap((name) => (labels?.[name] === undefined ? [] : [[name, labels[name]] as const]));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function controllerOf(owners: ObjectMetadata['ownerReferences']): ObjectMetadata['ownerReferences'] {
  const controller = owners?.find((owner) => owner.controller === true);
  return controller === undefined ? undefined : [controller];
}

/** The fields that are not undefined. */
function optional<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
