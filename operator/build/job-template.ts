import { createHash } from 'node:crypto';
import type { V1PodSpec } from '@kubernetes/client-node';
import type { RecordPrivacy } from '../../crds/contract/errors.ts';
import type { JobTemplate } from '../../crds/contract/manifest.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** The installation's settings for all Jobs. */
export interface JobSettings {
  readonly runnerImage: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Whether manifests may use hostPath volumes. */
  readonly allowHostPath: boolean;
  /** Whether values of dumps may be in statuses, events and logs, where a manifest does not say. */
  readonly records: RecordPrivacy;
  /** Defaults for fields that a manifest does not set in `spec.jobTemplate`. */
  readonly jobTemplate: JobTemplate;
  /** The runners' MOTHERLOAD_UNPACKER, if it is set. */
  readonly unpacker?: string;
}

/** The manifest's template over the installation's: labels and annotations are merged, every other field is taken as a whole. */
export function jobTemplateOf({ spec }: ObservedIngestion, installation: JobTemplate): JobTemplate {
  return {
    ...installation,
    ...spec.jobTemplate,
    labels: { ...installation.labels, ...spec.jobTemplate.labels },
    annotations: { ...installation.annotations, ...spec.jobTemplate.annotations },
  };
}

/** A digest, as a label value, of everything in a Job that a change of the manifest or the installation can change during a run. */
export function templateDigest(ingestion: ObservedIngestion, settings: JobSettings): string {
  const { runnerImage, imagePullPolicy, unpacker } = settings;
  const { resources, streamsPerTable } = ingestion.spec.loading;
  const parts = [
    runnerImage,
    imagePullPolicy,
    jobTemplateOf(ingestion, settings.jobTemplate),
    ingestion.spec.queueName ?? null,
    ...(unpacker === undefined ? [] : [unpacker]),
    ...(resources === 'Auto' ? [{ resources, streamsPerTable }] : []),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Where a pod runs, as whom, and with which priority. Field by field, so that a template cannot set any other field of a pod. */
export function buildScheduling(template: JobTemplate): Partial<V1PodSpec> {
  const {
    nodeSelector,
    tolerations,
    affinity,
    topologySpreadConstraints,
    priorityClassName,
    serviceAccountName,
    imagePullSecrets,
  } = template;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(topologySpreadConstraints === undefined ? {} : { topologySpreadConstraints }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
  };
}
