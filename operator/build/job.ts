import type { V1Container, V1EnvVar, V1Job, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import { EXIT_CODES, ManifestError } from '../../crds/contract/errors.ts';
import { refuseContradictions } from '../../crds/contract/format-rules.ts';
import type { JobTemplate } from '../../crds/contract/manifest.ts';
import { jobName, LABELS, QUEUE_LABEL, sharedJobName, TABLES_ANNOTATION } from '../../crds/contract/names.ts';
import {
  DATABASE_FOLDER_VARIABLE,
  DEFAULT_RESULT_FILE,
  TASK_VARIABLE,
  UNPACKER_VARIABLE,
} from '../../crds/contract/task.ts';
import type { NamedTable, Work } from '../decide/action.ts';
import type { ObservedIngestion } from '../decide/observed.ts';
import { identityOf } from '../decide/runs.ts';
import { buildDatabaseVolume } from './database-volume.ts';
import {
  buildScheduling,
  jobTemplateOf,
  refuseForeignMetadata,
  templateDigest,
  type JobSettings,
} from './job-template.ts';
import { buildResources } from './resources.ts';
import { ARCHIVE_VOLUME, buildArchiveVolumes, writtenVolumes } from './archive-volume.ts';
import { buildDecryption, buildSourceVolumes, DUMPS_VOLUME, GPG_VOLUME, SOURCE_VOLUME } from './source-volume.ts';
import { buildOwnerReference, buildRunLabel, labelValue } from './table-ingestion.ts';
import { buildTask } from './task.ts';

export const RUNNER_CONTAINER = 'runner';
const DUMPS_FOLDER = '/dumps';
const SOURCE_FOLDER = '/source';
const ARCHIVE_FOLDER = '/archive';
/** Short, since the sockets of gpg's agent lie there (sun_path in unix(7) has 108 bytes). */
const GPG_FOLDER = '/gpg';
const DIALECTS_FOLDER = '/dialects';
const DATABASE_FOLDER = '/database';
/** Linux limits an environment variable, including its name, to 32 pages (MAX_ARG_STRLEN in execve(2)). */
const MAX_TASK_BYTES = 128 * 1024 - TASK_VARIABLE.length - 2;

/** The Job that does this work. Throws a ManifestError if the manifest contradicts itself, or asks for what the installation does not allow. */
export function buildJob(ingestion: ObservedIngestion, work: Work, settings: JobSettings): V1Job {
  const { metadata, spec } = ingestion;
  // A run begins with its catalogue, and its format cannot change afterwards.
  if (work.kind === 'Catalogue') refuseContradictions(spec.format);
  refuseForeignMetadata(ingestion, settings);
  const template = jobTemplateOf(ingestion, settings.jobTemplate);
  const { activeDeadlineSeconds, ttlSecondsAfterFinished, annotations } = template;
  const labels = {
    ...template.labels,
    ...buildLabels(ingestion, work),
    [LABELS.template]: templateDigest(ingestion, settings),
  };
  const notes = annotations === undefined ? {} : { annotations };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameOf(ingestion, work),
      namespace: metadata.namespace,
      // Not on the pods: Kueue would queue a pod with this label by itself.
      labels: { ...labels, ...(spec.queueName === undefined ? {} : { [QUEUE_LABEL]: spec.queueName }) },
      ...notes,
      ...(work.kind === 'LoadBatch' ? { annotations: { ...annotations, ...buildTables(work.tables) } } : {}),
      ownerReferences: [buildOwnerReference(metadata)],
    },
    spec: {
      ...(spec.queueName === undefined ? {} : { suspend: true }),
      backoffLimit: spec.retry.limit,
      // Never two runners of one Job at the same time, not even while the first one is terminating.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: {
              containerName: RUNNER_CONTAINER,
              operator: 'In',
              values: [EXIT_CODES.Data, EXIT_CODES.Manifest],
            },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }),
      ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }),
      template: { metadata: { labels, ...notes }, spec: buildPodSpec(ingestion, work, settings, template) },
    },
  };
}

function nameOf(ingestion: ObservedIngestion, work: Work): string {
  const { name } = ingestion.metadata;
  const run = identityOf(ingestion);
  if (work.kind === 'LoadBatch')
    return sharedJobName(
      name,
      run,
      work.tables.map((table) => table.name),
    );
  return jobName(name, run, work.kind, work.kind === 'Load' ? work.tableName : '');
}

function buildTables(tables: readonly NamedTable[]): Record<string, string> {
  return { [TABLES_ANNOTATION]: JSON.stringify(tables.map(({ name }) => name)) };
}

/** Motherload's own labels, which a template cannot override. */
function buildLabels({ metadata, status }: ObservedIngestion, work: Work): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'motherload-runner',
    'app.kubernetes.io/instance': labelValue(metadata.name),
    'app.kubernetes.io/component': work.kind === 'LoadBatch' ? 'load' : work.kind.toLowerCase(),
    'app.kubernetes.io/part-of': 'motherload',
    'app.kubernetes.io/managed-by': 'motherload',
    [LABELS.ingestion]: labelValue(metadata.name),
    [LABELS.task]: work.kind,
    ...buildRunLabel(status.run?.number),
    ...(work.kind === 'Load'
      ? { [LABELS.table]: work.tableName, [LABELS.dumpVersion]: labelValue(work.table.dump.version) }
      : {}),
  };
}

/** A pod that satisfies the `restricted` pod security standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
function buildPodSpec(
  ingestion: ObservedIngestion,
  work: Work,
  settings: JobSettings,
  template: JobTemplate,
): V1PodSpec {
  const volumes = buildVolumes(ingestion, work, settings);
  return {
    ...buildScheduling(template),
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [buildContainer(ingestion, work, settings, { template, volumes })],
    volumes,
  };
}

const WRITABLE: readonly string[] = ['temporary', GPG_VOLUME];

interface PodParts {
  readonly template: JobTemplate;
  readonly volumes: readonly V1Volume[];
}

function buildContainer(
  ingestion: ObservedIngestion,
  work: Work,
  settings: JobSettings,
  { template, volumes }: PodParts,
): V1Container {
  const folders: Readonly<Record<string, string>> = {
    [DUMPS_VOLUME]: DUMPS_FOLDER,
    [SOURCE_VOLUME]: SOURCE_FOLDER,
    [ARCHIVE_VOLUME]: ARCHIVE_FOLDER,
    [GPG_VOLUME]: GPG_FOLDER,
    dialects: DIALECTS_FOLDER,
    database: DATABASE_FOLDER,
    temporary: '/tmp',
  };
  const written = work.kind === 'Finish' ? writtenVolumes(ingestion.spec) : new Set();
  return {
    name: RUNNER_CONTAINER,
    image: settings.runnerImage,
    imagePullPolicy: settings.imagePullPolicy,
    env: buildEnvironment(ingestion, work, settings),
    resources: buildResources(template, work, ingestion.spec.loading),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    terminationMessagePath: DEFAULT_RESULT_FILE,
    terminationMessagePolicy: 'File',
    volumeMounts: volumes.map(({ name }) => ({
      name,
      mountPath: folders[name] ?? `/${name}`,
      ...(WRITABLE.includes(name) || written.has(name) ? {} : { readOnly: true }),
    })),
  };
}

function buildEnvironment(ingestion: ObservedIngestion, work: Work, { unpacker, records }: JobSettings): V1EnvVar[] {
  const dialectFiles = ingestion.spec.format.dialects.map(
    ({ name }) => [name, `${DIALECTS_FOLDER}/${dialectFile(name)}`] as const,
  );
  const archiveFolder = ingestion.spec.archive?.volume === undefined ? undefined : ARCHIVE_FOLDER;
  const folders = { volumeFolder: DUMPS_FOLDER, sourceSecretsFolder: SOURCE_FOLDER, archiveFolder };
  const decryption = buildDecryption(ingestion.spec.source, { secrets: SOURCE_FOLDER, home: GPG_FOLDER });
  const context = { ...folders, decryption, dialectFiles: Object.fromEntries(dialectFiles), records };
  const task = JSON.stringify(buildTask(ingestion, work, context));
  if (Buffer.byteLength(task) > MAX_TASK_BYTES) {
    const message = `the task of a ${work.kind} Job is ${Buffer.byteLength(task)} bytes and must not exceed ${MAX_TASK_BYTES}; shorten spec.format.tables and spec.motherTables.definitions, or create these mother tables in the database beforehand`;
    throw new ManifestError('TaskTooLarge', message);
  }
  return [
    // Kubernetes expands $(NAME) in a value; $$ is a literal $, so text from a manifest or a dump is not changed.
    { name: TASK_VARIABLE, value: task.replaceAll('$', '$$$$') },
    { name: DATABASE_FOLDER_VARIABLE, value: DATABASE_FOLDER },
    ...(unpacker === undefined ? [] : [{ name: UNPACKER_VARIABLE, value: unpacker }]),
  ];
}

function buildVolumes({ spec }: ObservedIngestion, work: Work, settings: JobSettings): V1Volume[] {
  const temporary: V1Volume = { name: 'temporary', emptyDir: { sizeLimit: '64Mi' } };
  const database = buildDatabaseVolume('database', spec.target);
  if (work.kind === 'Finish') return [...buildArchiveVolumes(spec, settings.allowHostPath), database, temporary];
  const source = buildSourceVolumes(spec.source, settings.allowHostPath);
  return [...source, ...buildDialectVolumes(spec.format.dialects), database, temporary];
}

function buildDialectVolumes(dialects: ObservedIngestion['spec']['format']['dialects']): V1Volume[] {
  if (dialects.length === 0) return [];
  const sources = dialects.map(({ name, typesFrom: { configMapKeyRef } }) => ({
    configMap: { name: configMapKeyRef.name, items: [{ key: configMapKeyRef.key, path: dialectFile(name) }] },
  }));
  return [{ name: 'dialects', projected: { sources } }];
}

function dialectFile(dialect: string): string {
  return `${dialect}.yaml`;
}
