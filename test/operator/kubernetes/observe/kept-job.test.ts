import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideTable } from '../../../../operator/decide/table.ts';
import type { ContainerStatus, JobObject, PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { observeJob } from '../../../../operator/kubernetes/observe/job-state.ts';
import { ingestion, table } from '../../fixtures.ts';
import { job, pod, START, users } from './observe-scene.ts';

/** What others have added to a pod, and a pod that is still there, keep a Job from going on, which no condition of Kubernetes says. */
const secondsLater = (seconds: number) => Date.parse(START) + seconds * 1000;
const after = (seconds: number, one: PodObject, of: JobObject = job('Load', { active: 1 })) => {
  const { state, problem } = observeJob(of, [one], { now: secondsLater(seconds) }) ?? assert.fail('not ours');
  return { state, reason: problem?.reason, message: problem?.message ?? '' };
};
const withContainers = ({ metadata, status }: PodObject, more: PodObject['status']): PodObject => ({
  metadata,
  status: {
    ...status,
    ...more,
    containerStatuses: [...(status?.containerStatuses ?? []), ...(more?.containerStatuses ?? [])],
  },
});

describe('a Job that is kept', () => {
  const preparing: [state: ContainerStatus['state'], seconds: number, reason: string | undefined, message: RegExp][] = [
    [
      { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
      1,
      'ImagePullBackOff',
      /^pod one, container vault: no such image$/,
    ],
    [
      { running: { startedAt: START } },
      61,
      'ContainerNotReady',
      /container vault, .* has not ended since 2026-03-01T12:00:00Z; see `kubectl logs one -c vault`$/,
    ],
    [{ running: { startedAt: START } }, 59, undefined, /^$/],
  ];
  for (const [state = {}, seconds, reason, message] of preparing) {
    it(`names the container before the runner that is ${JSON.stringify(state)} after ${seconds} s`, () => {
      const initContainerStatuses = [{ name: 'vault', state }];
      const one = after(
        seconds,
        withContainers(pod('one', { waiting: { reason: 'PodInitializing' } }), { initContainerStatuses }),
      );
      assert.deepEqual([one.state, one.reason], ['Pending', reason]);
      assert.match(one.message, message);
    });
  }

  for (const [exitCode, before] of [
    [0, 'Running'],
    [75, 'Pending'],
  ] as const) {
    it(`names the container that runs on for half a minute after a runner with exit code ${exitCode}`, () => {
      const runner = pod('one', { terminated: { exitCode, finishedAt: START } });
      const beside = (state: ContainerStatus['state'] = {}) =>
        withContainers(runner, { containerStatuses: [{ name: 'proxy', state }] });
      assert.deepEqual(after(20, beside({ running: {} })), { state: before, reason: undefined, message: '' });
      const kept = after(40, beside({ running: {} }));
      assert.deepEqual([kept.state, kept.reason], ['Pending', 'ContainerNotEnded']);
      assert.match(
        kept.message,
        /container proxy, which is not ours, has not, so the Job cannot end; have it added as a native sidecar/,
      );
      assert.equal(after(4000, beside({ terminated: { exitCode: 0 } })).reason, undefined);
    });
  }

  it('names the pod that is still there half a minute after its grace period, also when the Job is to be deleted', () => {
    const { metadata, status = {} } = pod('one', { running: { startedAt: START } });
    const stopped = { metadata: { ...metadata, deletionTimestamp: START }, spec: { nodeName: 'left' }, status };
    assert.deepEqual(after(20, stopped), { state: 'Pending', reason: undefined, message: '' });
    const kept = after(40, stopped);
    assert.deepEqual([kept.state, kept.reason], ['Pending', 'PodTerminating']);
    assert.match(kept.message, /^pod one was to be gone by 2026-03-01T12:00:00Z, .*`kubectl delete node left`/);
    const of = job('Load', { active: 1 });
    const deleted = { ...of, metadata: { ...of.metadata, deletionTimestamp: START } };
    const states = [20, 40].map((seconds) => {
      const observed = observeJob(deleted, [stopped], { now: secondsLater(seconds) });
      const { reason, message, progressing } = decideTable(table(users), observed, ingestion());
      return [reason, message.slice(0, 40), progressing];
    });
    assert.deepEqual(states, [
      ['Waiting', 'the Job is being deleted', true],
      ['Waiting', 'the Job is being deleted; pod one was to', false],
    ]);
  });
});
