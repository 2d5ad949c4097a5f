import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobName } from '../../../../crds/contract/names.ts';
import { encodeResult } from '../../../../crds/contract/result-text.ts';
import { isBehind } from '../../../../operator/kubernetes/observe/attempts.ts';
import { observeJob } from '../../../../operator/kubernetes/observe/job-state.ts';
import type { ContainerStatus, JobObject, PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { loadResult } from '../../fixtures.ts';

const NAME = jobName('nightly', 'run', 'Load', 'nightly-users');
const ownerReferences = [{ kind: 'DumpIngestion', name: 'nightly', uid: 'run', controller: true }];
const metadata = { name: NAME, namespace: 'default', uid: 'u', resourceVersion: '1', ownerReferences };
const labels = {
  'motherload.dev/ingestion': 'nightly',
  'motherload.dev/task': 'Load',
  'motherload.dev/table-ingestion': 'nightly-users',
};
const START = '2026-03-01T12:00:00Z';
const END = '2026-03-01T12:01:00Z';

function job(status: JobObject['status'] = {}, more: Partial<JobObject['metadata']> = {}): JobObject {
  return { metadata: { ...metadata, labels, ...more }, status: { startTime: START, ...status } };
}

function pod(state: ContainerStatus['state'], more: PodObject['status'] = {}): PodObject {
  return {
    metadata: { ...metadata, name: `${NAME}-x` },
    status: { ...more, ...(state === undefined ? {} : { containerStatuses: [{ name: 'runner', state }] }) },
  };
}

const ended = (exitCode: number, message: string, finishedAt = END, reason = exitCode === 0 ? 'Completed' : 'Error') =>
  pod({ terminated: { exitCode, message, finishedAt, reason } });
const complete = { completionTime: END, succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] };
const failed = (reason: string, message: string) => ({
  failed: 1,
  conditions: [{ type: 'Failed', status: 'True', reason, message, lastTransitionTime: END }],
});
const RESULT = loadResult();

describe('observeJob', () => {
  it('has the table of a Job, and is undefined for a Job that is not ours', () => {
    assert.deepEqual(observeJob(job(), []), {
      name: NAME,
      kind: 'Load',
      tableName: 'nightly-users',
      state: 'Pending',
      attempts: 0,
      startTime: START,
    });
    assert.equal(observeJob({ metadata }, []), undefined);
  });

  const forged: [what: string, more: Partial<JobObject['metadata']>][] = [
    ['another name', { name: 'forged' }],
    ['another kind of task', { labels: { ...labels, 'motherload.dev/task': 'Catalogue' } }],
    ['no kind of task', { labels: { ...labels, 'motherload.dev/task': 'toString' } }],
    ['another table', { labels: { ...labels, 'motherload.dev/table-ingestion': 'nightly-courses' } }],
    ['another run', { ownerReferences: [{ kind: 'DumpIngestion', name: 'nightly', uid: 'former', controller: true }] }],
    ['no owner', { ownerReferences: [] }],
  ];
  for (const [what, more] of forged) {
    it(`is undefined for a Job with our labels and owner but ${what}, since anybody can set them`, () =>
      assert.equal(observeJob(job(complete, more), []), undefined));
  }

  it('is Running while the runner is, and counts the attempts', () => {
    const running = pod({ running: { startedAt: START } });
    const one = observeJob(job({ failed: 1 }), [ended(75, '{}'), running], {
      progress: { step: 'copy', rows: 1, bytes: 1, compressedBytes: 1, totalCompressedBytes: 1, seconds: 1 },
    });
    assert.deepEqual([one?.state, one?.attempts, one?.progress?.rows], ['Running', 2, 1]);
  });

  it('is still Running, with the last progress, when the runner has succeeded and the Job does not say so yet', () => {
    const progress = {
      step: 'attach',
      rows: 7,
      bytes: 1,
      compressedBytes: 1,
      totalCompressedBytes: 1,
      seconds: 1,
    } as const;
    const one = observeJob(job(), [ended(0, encodeResult(RESULT))], { progress });
    assert.deepEqual([one?.state, one?.attempts, one?.progress?.rows, one?.result], ['Running', 1, 7, undefined]);
  });

  it('is Pending between attempts, and does not use the result of a failed attempt', () => {
    const one = observeJob(job({ failed: 1 }), [ended(75, encodeResult(RESULT))]);
    assert.deepEqual([one?.state, one?.attempts, one?.result], ['Pending', 1, undefined]);
  });

  it('is Succeeded with the result of the pod that ended last', () => {
    const one = observeJob(job(complete), [ended(75, '', START), ended(0, encodeResult(RESULT))]);
    assert.deepEqual(
      [one?.state, one?.result, one?.completionTime, one?.problem],
      ['Succeeded', RESULT, END, undefined],
    );
  });

  it('is Succeeded without a result if the message is truncated, empty or deleted with its pod', () => {
    for (const pods of [[], [ended(0, '')], [ended(0, '{"task":"Lo')]])
      assert.equal(observeJob(job(complete), pods)?.result, undefined);
  });

  it('is Failed with the failure that the runner reported', () => {
    const failure = { kind: 'Data', code: 'BadValue', message: 'not a number' } as const;
    const result = { task: 'Load', outcome: 'Failed', failure } as const;
    const one = observeJob(job(failed('PodFailurePolicy', 'exit code 65')), [ended(65, encodeResult(result))]);
    assert.deepEqual([one?.state, one?.result, one?.completionTime], ['Failed', result, END]);
  });

  it('has the result of its last attempt, whatever the clocks of the nodes say', () => {
    const created = (time: string, { metadata: known, ...rest }: PodObject): PodObject => ({
      metadata: { ...known, creationTimestamp: `2026-03-01T12:${time}Z` },
      ...rest,
    });
    const failure = { kind: 'Transient', code: 'ConnectionLost', message: 'no server' } as const;
    const early = created(
      '00:10',
      ended(75, encodeResult({ task: 'Load', outcome: 'Failed', failure }), '2026-03-01T13:00:00Z'),
    );
    const pods = [created('00:40', ended(0, encodeResult(RESULT))), early];
    assert.deepEqual(observeJob(job({ ...complete, failed: 1 }), pods)?.result, RESULT);
    const bad = { kind: 'Data', code: 'BadValue', message: 'not a number' } as const;
    const last = created('00:40', ended(65, encodeResult({ task: 'Load', outcome: 'Failed', failure: bad })));
    const one = observeJob(job({ ...failed('PodFailurePolicy', 'exit code 65'), failed: 2 }), [early, last]);
    assert.deepEqual(one?.result, { task: 'Load', outcome: 'Failed', failure: bad });
  });

  it('describes how a runner without a result ended', () => {
    const killed = observeJob(job(failed('BackoffLimitExceeded', 'too often')), [ended(137, '', END, 'OOMKilled')]);
    assert.deepEqual(killed?.problem, {
      reason: 'OOMKilled',
      message: 'too often; the last runner ended with OOMKilled, exit code 137',
    });
    const late = observeJob(job(failed('DeadlineExceeded', 'took too long')), []);
    assert.deepEqual(late?.problem, { reason: 'DeadlineExceeded', message: 'took too long' });
  });

  it('is Failed because of its deadline if Kubernetes says so, whatever its runners reported', () => {
    const failure = { kind: 'Transient', code: 'Stopped', message: 'stopped' } as const;
    const stopped = ended(75, encodeResult({ task: 'Load', outcome: 'Failed', failure }));
    for (const last of [stopped, ended(137, '', END, 'OOMKilled')]) {
      const one = observeJob(job(failed('DeadlineExceeded', 'Job was active longer than specified deadline')), [last]);
      assert.deepEqual([one?.state, one?.result, one?.problem?.reason], ['Failed', undefined, 'DeadlineExceeded']);
      assert.match(
        one?.problem?.message ?? '',
        /^Job was active longer than specified deadline; the last runner ended with/,
      );
    }
  });

  it('is behind if fewer pods are known to have ended than have failed', () => {
    const twice = job({ ...failed('BackoffLimitExceeded', ''), failed: 2 });
    assert.equal(isBehind(twice, [ended(75, '{}'), pod({ running: {} })]), true);
    assert.equal(isBehind(twice, [ended(75, '{}'), ended(75, '{}')]), false);
    assert.equal(isBehind(job(complete), []), false);
  });

  const pending: readonly [string, PodObject, string | undefined][] = [
    [
      'an image that cannot be pulled',
      pod({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }),
      'ImagePullBackOff',
    ],
    [
      'a missing Secret',
      pod({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "a" not found' } }),
      'CreateContainerConfigError',
    ],
    [
      'a pod without a suitable node',
      pod(undefined, {
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      }),
      'Unschedulable',
    ],
    ['nothing while the container is being created', pod({ waiting: { reason: 'ContainerCreating' } }), undefined],
  ];
  for (const [what, waiting, reason] of pending) {
    it(`is Pending and reports ${what}`, () => {
      const one = observeJob(job({ active: 1 }), [waiting]);
      assert.deepEqual([one?.state, one?.problem?.reason], ['Pending', reason]);
    });
  }

  it('is Pending and names the queue if a queue has suspended it, whatever happened to its pods', () => {
    const labelled = { labels: { ...labels, 'kueue.x-k8s.io/queue-name': 'loads', 'motherload.dev/template': 'abc' } };
    const suspended = { ...job({}, labelled), spec: { suspend: true } };
    for (const pods of [[], [pod({ waiting: { reason: 'ImagePullBackOff' } })]]) {
      const one = observeJob(suspended, pods);
      assert.deepEqual(
        [one?.state, one?.problem?.reason, one?.templateDigest],
        ['Pending', 'WaitingForAdmission', 'abc'],
      );
      assert.match(one?.problem?.message ?? '', /^waiting for admission by queue loads;/);
    }
    assert.equal(observeJob(suspended, [pod({ running: { startedAt: START } })])?.state, 'Running');
    assert.match(
      observeJob({ ...job(), spec: { suspend: true } }, [])?.problem?.message ?? '',
      /whoever suspended it must resume it/,
    );
  });

  it('reports a problem known only from events, and that the Job is being deleted', () => {
    const one = observeJob(job({}, { deletionTimestamp: END }), [], {
      problem: { reason: 'QuotaExceeded', message: 'quota exceeded' },
    });
    assert.deepEqual([one?.problem?.reason, one?.deleting], ['QuotaExceeded', true]);
  });
});
