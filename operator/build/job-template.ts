import { createHash } from 'node:crypto';
import type { V1PodSpec } from '@kubernetes/client-node';
import { ManifestError, type RecordPrivacy } from '../../crds/contract/errors.ts';
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
  /** The labels and annotations that manifests may set in `spec.jobTemplate`: names, or the beginnings of names with a `*` at the end. */
  readonly allowedLabels: readonly string[];
  readonly allowedAnnotations: readonly string[];
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

/**
 * Refuses labels and annotations that the installation does not allow. What is in a cluster acts on them: they give pods an identity in a cloud, secrets
 * of a vault, or another network.
 */
export function refuseForeignMetadata({ spec }: ObservedIngestion, settings: JobSettings): void {
  const { labels = {}, annotations = {} } = spec.jobTemplate;
  refuse('labels', Object.keys(labels), settings.allowedLabels);
  refuse('annotations', Object.keys(annotations), settings.allowedAnnotations);
}

function refuse(field: 'labels' | 'annotations', names: readonly string[], allowed: readonly string[]): void {
  const foreign = names.find((name) => !allowed.some((pattern) => matches(name, pattern)));
  if (foreign === undefined) return;
  const setting = field === 'labels' ? 'allowedLabels' : 'allowedAnnotations';
  const message = `spec.jobTemplate.${field}: ${foreign} is not allowed by this installation; remove it, or ask the administrator to add it to runner.${setting} in the chart`;
  throw new ManifestError('MetadataNotAllowed', message);
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
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
