import assert from 'node:assert/strict';
import type { Task } from '../../../crds/contract/task.ts';
import { buildJob } from '../../../operator/build/job.ts';
import type { JobSettings } from '../../../operator/build/job-template.ts';
import type { Work } from '../../../operator/decide/action.ts';
import { entry, ingestion, nameOf } from '../fixtures.ts';

export const SETTINGS: JobSettings = {
  runnerImage: 'registry.example/motherload-runner@sha256:0123',
  imagePullPolicy: 'IfNotPresent',
  allowHostPath: false,
  allowedLabels: ['*'],
  allowedAnnotations: ['*'],
  records: 'Hidden',
  jobTemplate: {
    resources: { requests: { cpu: '500m', memory: '192Mi' }, limits: { memory: '512Mi' } },
    ttlSecondsAfterFinished: 3600,
  },
};
export const CATALOGUE: Work = { kind: 'Catalogue' };
export const FINISH: Work = { kind: 'Finish', mothers: ['users'] };
export const users = entry('users');
export const LOAD: Work = { kind: 'Load', tableName: nameOf(users), table: users };
export const ALL = [CATALOGUE, LOAD, FINISH];

/** A Job and its parts. */
export function parts(work: Work, spec = '', settings: Partial<JobSettings> = {}) {
  const job = buildJob(ingestion({}, { spec }), work, { ...SETTINGS, ...settings });
  const pod = job.spec?.template.spec;
  const container = pod?.containers[0];
  assert(pod !== undefined && container !== undefined && job.spec !== undefined);
  const variables = new Map((container.env ?? []).map((variable) => [variable.name, variable]));
  const task = JSON.parse((variables.get('MOTHERLOAD_TASK')?.value ?? '').replaceAll('$$', '$')) as Task;
  return { job, spec: job.spec, pod, container, variables, task };
}
