import assert from 'node:assert/strict';
import { jobName, LABELS } from '../../../../crds/contract/names.ts';
import { encodeResult } from '../../../../crds/contract/result-text.ts';
import type { TaskResult } from '../../../../crds/contract/report.ts';
import type { TaskKind } from '../../../../crds/contract/task.ts';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import type { ContainerStatus, JobObject, PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { Observer } from '../../../../operator/kubernetes/observe/observe.ts';
import { entry, manifest, nameOf, UID } from '../../fixtures.ts';
import { apiserver, type ReceivedRequest, type Reply } from '../apiserver.ts';

const KEY = 'default/nightly';
export const START = '2026-03-01T12:00:00Z';
export const users = entry('users');
export const nothing: Reply = { body: { items: [] } };

export const owner = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});
export const general = (name: string, uid = name) => ({ name, namespace: 'default', uid, resourceVersion: '1' });

export function job(kind: TaskKind, status: JobObject['status'] = {}): JobObject {
  const table = kind === 'Load' ? nameOf(users) : '';
  const labels = {
    [LABELS.ingestion]: 'nightly',
    [LABELS.task]: kind,
    ...(kind === 'Load' ? { [LABELS.table]: table } : {}),
  };
  const metadata = {
    ...general(jobName('nightly', UID, kind, table), 'job'),
    ...owner('DumpIngestion', 'nightly', UID),
    labels,
  };
  return { metadata, status: { startTime: START, ...status } };
}
export const final = (type: 'Complete' | 'Failed', more: JobObject['status'] = {}): JobObject['status'] => ({
  ...more,
  conditions: [
    { type, status: 'True', reason: type === 'Failed' ? 'BackoffLimitExceeded' : '', lastTransitionTime: START },
  ],
});

export function pod(name: string, state: ContainerStatus['state'], owned = true): PodObject {
  const metadata = { ...general(name), ...(owned ? owner('Job', 'job', 'job') : {}) };
  return { metadata, status: { containerStatuses: [{ name: 'runner', ...(state === undefined ? {} : { state }) }] } };
}
export const ended = (name: string, exitCode: number, result: TaskResult, second = 0, owned = true) =>
  pod(
    name,
    { terminated: { exitCode, message: encodeResult(result), finishedAt: `2026-03-01T12:00:0${second}Z` } },
    owned,
  );
/** An observer whose caches contain a DumpIngestion and these objects, and whose apiserver replies like this. */
export async function scene(
  objects: { jobs?: JobObject[]; pods?: PodObject[] },
  reply: (request: ReceivedRequest) => Reply,
) {
  const { api, requests } = await apiserver(reply);
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
  caches.ingestions.put({ metadata: { ...general('nightly', UID), generation: 1 }, spec: manifest().spec });
  for (const one of objects.jobs ?? []) caches.jobs.put(one);
  for (const one of objects.pods ?? []) caches.pods.put(one);
  let now = Date.parse(START) + 60_000;
  const observer = new Observer(api, caches, () => now);
  const observe = async () => (await observer.observe(KEY)) ?? assert.fail('it does not exist');
  const lines = () => requests.map(({ line }) => line.replace('/api/v1/namespaces/default', ''));
  return { caches, observe, lines, pass: (milliseconds: number) => (now += milliseconds) };
}
