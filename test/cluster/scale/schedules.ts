import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mapInParallel } from '../../../crds/contract/in-parallel.ts';
import { API_VERSION } from '../../../operator/build/table-ingestion.ts';
import { accessByKubeconfig } from '../../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';
import {
  pathOf,
  type DumpIngestionObject,
  type KubernetesObject,
} from '../../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS, JOBS, SCHEDULES } from '../../../operator/kubernetes/client/resources.ts';
import { eventually } from '../commands.ts';
import { startControlPlane, type ControlPlane } from '../control-plane.ts';
import { OPERATOR_NAMESPACE, prepareOperator, startOperator, type OperatorProcess } from '../operator-process.ts';
import { auditFlags, readAudit } from './audit.ts';
import { asInPod, readProcess } from './run-scale.ts';

export interface SchedulesMeasurement {
  readonly schedules: number;
  /** From the moment when all are due until the last DumpIngestion, and the last catalogue Job, was created. */
  readonly secondsUntilRuns: number;
  readonly secondsUntilJobs: number;
  /** Of the operator: without schedules, with them before they are due, and at most. */
  readonly megabytes: readonly [without: number, idle: number, peak: number];
  /** CPU of the operator from the moment when all are due until the last Job. */
  readonly cpuSeconds: number;
  /** CPU of the operator in a minute in which none is due. */
  readonly idleCpuSeconds: number;
  /** How long a change of another DumpIngestion took to show in its status meanwhile, in seconds, in order. */
  readonly latencies: readonly number[];
  readonly requestsPerRun: number;
}

const NAMESPACE = 'schedules';
const PARALLEL = 16;
const MINUTE = 60_000;
const SPEC = {
  source: { volume: { nfs: { server: 'dumps.invalid', path: '/dumps' } } },
  target: { databaseSecretRef: { name: 'database' } },
};

/** Lets many schedules of the same minute start their runs on a real control plane. There is no node: a run has started with its first Job. */
export async function measureSchedules(schedules: number): Promise<SchedulesMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-scale-'));
  const flags = auditFlags(folder, `system:serviceaccount:${OPERATOR_NAMESPACE}:operator`);
  const plane = await startControlPlane({ folder, controllers: true, apiserverFlags: flags });
  try {
    const kubeconfig = await prepareOperator(plane);
    const api = new KubernetesApi(await accessByKubeconfig(plane.kubeconfig));
    for (const namespace of [NAMESPACE, 'other']) await plane.kubectl(['create', 'namespace', namespace]);
    const operator = await startOperator(plane, '', 'scale', asInPod(plane, kubeconfig));
    try {
      return await measureOn(plane, api, operator, schedules);
    } finally {
      await operator.stop();
    }
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureOn(
  plane: ControlPlane,
  api: KubernetesApi,
  operator: OperatorProcess,
  schedules: number,
): Promise<SchedulesMeasurement> {
  const process = () => readProcess(operator.child.pid);
  await create(api, DUMP_INGESTIONS.plural, 'other', 'DumpIngestion', 'other', { ...SPEC, suspend: true });
  await wait(20_000);
  const without = process().peakMegabytes;
  // Creating hundreds takes a while.
  const due = (Math.floor(Date.now() / MINUTE) + 3) * MINUTE;
  const date = new Date(due);
  const names = Array.from({ length: schedules }, (_, index) => `schedule-${index}`);
  const schedule = `${date.getUTCMinutes()} ${date.getUTCHours()} * * *`;
  await mapInParallel(names, PARALLEL, (name) =>
    create(api, SCHEDULES.plural, NAMESPACE, 'ScheduledDumpIngestion', name, {
      ...{ schedule, ingestionTemplate: { spec: SPEC } },
    }),
  );
  if (Date.now() > due - MINUTE) throw new Error('the schedules were not created in time');
  await wait(due - MINUTE - Date.now());
  const idle = process();
  await wait(due - Date.now());
  const before = process();
  const requestsBefore = (await readAudit(plane.folder)).total;
  const probing = new AbortController();
  const latencies = probe(api, probing.signal);
  const [runs, jobs] = await Promise.all([
    lastCreation(api, pathOf(DUMP_INGESTIONS, NAMESPACE), schedules),
    lastCreation(api, pathOf(JOBS, NAMESPACE), schedules),
  ]);
  const after = process();
  probing.abort();
  return {
    schedules,
    ...{ secondsUntilRuns: (runs - due) / 1000, secondsUntilJobs: (jobs - due) / 1000 },
    megabytes: [without, idle.peakMegabytes, after.peakMegabytes],
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    idleCpuSeconds: before.cpuSeconds - idle.cpuSeconds,
    latencies: (await latencies).toSorted((one, other) => one - other),
    requestsPerRun: ((await readAudit(plane.folder)).total - requestsBefore) / schedules,
  };
}

async function create(
  api: KubernetesApi,
  plural: string,
  namespace: string,
  kind: string,
  name: string,
  spec: object,
): Promise<void> {
  const body = { apiVersion: API_VERSION, kind, metadata: { name, namespace }, spec };
  await api.request('POST', pathOf({ group: API_VERSION, plural }, namespace), { body });
}

/** When the last of so many objects was created, once they exist. */
async function lastCreation(api: KubernetesApi, path: string, count: number): Promise<number> {
  return await eventually(`${count} of ${path}`, 300, async () => {
    const { items = [] } = await api.request<{ items?: KubernetesObject[] }>('GET', path, { query: { limit: 10_000 } });
    if (items.length < count) {
      await wait(1000);
      throw new Error(`${items.length} exist`);
    }
    return Math.max(...items.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '')));
  });
}

/** Changes another DumpIngestion about once per second, and measures how long its status takes to follow. */
async function probe(api: KubernetesApi, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  const path = pathOf(DUMP_INGESTIONS, 'other', 'other');
  for (let jobs = 3; !signal.aborted; jobs = jobs === 3 ? 4 : 3) {
    const body = { spec: { loading: { maxParallelJobs: jobs } } };
    const contentType = 'application/merge-patch+json';
    const { metadata } = await api.request<DumpIngestionObject>('PATCH', path, { body, contentType });
    const start = performance.now();
    for (;;) {
      const { status } = await api.request<DumpIngestionObject>('GET', path);
      if (status?.observedGeneration === metadata.generation) break;
      await wait(50);
    }
    latencies.push((performance.now() - start) / 1000);
    // A DumpIngestion is reconciled once per second, which is not what is measured.
    await wait(1100);
  }
  return latencies;
}
