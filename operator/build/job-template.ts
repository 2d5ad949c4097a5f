import { createHash } from 'node:crypto';
import type { V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { JobTemplate } from '../../crds/contract/manifest.ts';
import type { ObservedIngestion } from '../decide/observed.ts';

/** What the operator's installation says about all its Jobs. */
export interface JobSettings {
  readonly runnerImage: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Whether a manifest may name a folder of the node. */
  readonly allowHostPath: boolean;
  /** What manifests leave open in `spec.jobTemplate`. */
  readonly jobTemplate: JobTemplate;
  /** The runners' MOTHERLOAD_UNPACKER, if it is set. */
  readonly unpacker?: string;
}

/** The manifest's template over the installation's: labels and annotations are added up, every other field is the one's or the other's. */
export function jobTemplateOf({ spec }: ObservedIngestion, installation: JobTemplate): JobTemplate {
  return {
    ...installation,
    ...spec.jobTemplate,
    labels: { ...installation.labels, ...spec.jobTemplate.labels },
    annotations: { ...installation.annotations, ...spec.jobTemplate.annotations },
  };
}

/** Everything in a Job that a change of the manifest or of the installation may change on the way, as a label's value. */
export function templateDigest(ingestion: ObservedIngestion, settings: JobSettings): string {
  const { runnerImage, imagePullPolicy, unpacker } = settings;
  const parts = [
    runnerImage,
    imagePullPolicy,
    jobTemplateOf(ingestion, settings.jobTemplate),
    ingestion.spec.queueName ?? null,
    ...(unpacker === undefined ? [] : [unpacker]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Where a pod runs, as whom, and how important it is. Named one by one, so that no field of a pod comes from a template that is not meant to. */
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

/** Amounts as texts, which is how Kubernetes keeps them. */
export function buildResources({ resources = {} }: JobTemplate): V1ResourceRequirements {
  const texts = (amounts: Readonly<Record<string, number | string>>) =>
    Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, String(amount)]));
  return {
    ...(resources.requests === undefined ? {} : { requests: texts(resources.requests) }),
    ...(resources.limits === undefined ? {} : { limits: texts(resources.limits) }),
  };
}
