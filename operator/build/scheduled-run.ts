import type { DumpIngestionSpec, ScheduledDumpIngestionSpec } from '../../crds/contract/generated.ts';
import { LABELS, SCHEDULED_AT_ANNOTATION } from '../../crds/contract/names.ts';
import type { CreateRun } from '../schedule/action.ts';
import type { ObservedSchedule } from '../schedule/observed.ts';
import { API_VERSION, buildOwnerReference, type OwnerReference } from './table-ingestion.ts';

/** A DumpIngestion as the operator creates it for a schedule. */
export interface ScheduledRun {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'DumpIngestion';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
  };
  readonly spec: DumpIngestionSpec;
}

export function buildScheduledRun(
  { metadata: { namespace, name: schedule, uid } }: Pick<ObservedSchedule, 'metadata'>,
  { name, moment }: CreateRun,
  { metadata = {}, spec }: ScheduledDumpIngestionSpec['ingestionTemplate'],
): ScheduledRun {
  return {
    apiVersion: API_VERSION,
    kind: 'DumpIngestion',
    metadata: {
      name,
      namespace,
      labels: { ...metadata.labels, [LABELS.schedule]: schedule },
      annotations: { ...metadata.annotations, [SCHEDULED_AT_ANNOTATION]: new Date(moment).toISOString() },
      ownerReferences: [buildOwnerReference({ name: schedule, uid }, 'ScheduledDumpIngestion')],
    },
    spec,
  };
}
