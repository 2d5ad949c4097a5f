import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { LABELS } from '../../crds/contract/names.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** The API version of Motherload's resources. */
export const API_VERSION = 'motherload.dev/v1alpha1';

/** A TableIngestion as the operator applies it. */
export interface TableIngestion {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'TableIngestion';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
  };
  readonly spec: TableIngestionSpec;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

export function buildTableIngestion(
  { metadata }: ObservedIngestion,
  name: string,
  spec: TableIngestionSpec,
): TableIngestion {
  const labels = {
    [LABELS.ingestion]: labelValue(metadata.name),
    [LABELS.run]: metadata.uid,
    ...buildRunLabel(spec.run),
    [LABELS.dumpVersion]: labelValue(spec.dump.version),
  };
  return {
    apiVersion: API_VERSION,
    kind: 'TableIngestion',
    metadata: { name, namespace: metadata.namespace, labels, ownerReferences: [buildOwnerReference(metadata)] },
    spec,
  };
}

/** The reference to what owns an object, so that it is deleted together with it: a DumpIngestion, or the schedule of one. */
export function buildOwnerReference(
  { name, uid }: Pick<ObservedIngestion['metadata'], 'name' | 'uid'>,
  kind = 'DumpIngestion',
): OwnerReference {
  return { apiVersion: API_VERSION, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Tells the runs of a DumpIngestion apart; not on those of the first one, which has no other beside it in most cases. */
export function buildRunLabel(number = 1): Record<string, string> {
  return number === 1 ? {} : { [LABELS.runNumber]: String(number) };
}

/** Text as a label value: at most 63 characters from a small set. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
