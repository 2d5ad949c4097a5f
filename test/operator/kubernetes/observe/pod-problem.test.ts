import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeResult } from '../../../../crds/contract/result-text.ts';
import type { EventObject, PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { problemOfAttempt, problemOfEvents } from '../../../../operator/kubernetes/observe/pod-problem.ts';

const START = '2026-03-01T12:00:00Z';
const END = '2026-03-01T12:01:00Z';

describe('problemOfEvents', () => {
  const event = (reason: string, message: string, lastTimestamp = START): EventObject => ({
    metadata: { name: 'event', namespace: 'default', uid: 'u', resourceVersion: '1' },
    type: 'Warning',
    reason,
    message,
    lastTimestamp,
  });

  it('reports the newest event of the most specific kind, and names a quota', () => {
    assert.deepEqual(
      problemOfEvents([event('FailedMount', 'old'), event('FailedMount', 'configmap "maps" not found', END)]),
      {
        reason: 'FailedMount',
        message: 'configmap "maps" not found',
      },
    );
    assert.equal(
      problemOfEvents([event('FailedCreate', 'pods "x" is forbidden: exceeded quota: none')])?.reason,
      'QuotaExceeded',
    );
  });

  it('ignores ordinary events', () => {
    assert.equal(
      problemOfEvents([{ ...event('Pulled', 'ok'), type: 'Normal' }, event('Unhealthy', 'slow')]),
      undefined,
    );
  });
});

describe('problemOfAttempt', () => {
  const metadata = { name: 'one', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: START };
  const failed = (status: PodObject['status'], second = 0): PodObject => ({
    metadata: { ...metadata, creationTimestamp: `2026-03-01T12:00:0${second}Z` },
    status: { phase: 'Failed', ...status },
  });
  const runner = (exitCode: number, message: string, reason = 'Error'): PodObject['status'] => ({
    containerStatuses: [{ name: 'runner', state: { terminated: { exitCode, message, reason } } }],
  });
  const result = (kind: 'Transient' | 'Data') =>
    encodeResult({ task: 'Load', outcome: 'Failed', failure: { kind, code: 'Some', message: 'no server' } });

  it('is what the last attempt said, or how its pod ended', () => {
    const cases: [pods: PodObject[], reason: string, message: string][] = [
      [[failed(runner(75, result('Transient'), ''), 2), failed(runner(137, '', 'OOMKilled'), 1)], 'Some', 'no server'],
      [[failed(runner(137, '', 'OOMKilled'))], 'OOMKilled', 'pod one ended with OOMKilled, exit code 137'],
      [[failed(runner(1, ''))], 'AttemptFailed', 'pod one ended with Error, exit code 1'],
      [[failed({ reason: 'Evicted', message: 'low on disk' })], 'Evicted', 'pod one: low on disk'],
      [
        [failed({ initContainerStatuses: [{ name: 'vault', state: { terminated: { exitCode: 2 } } }] })],
        'AttemptFailed',
        'pod one, container vault ended with Error, exit code 2',
      ],
    ];
    for (const [pods, reason, message] of cases)
      assert.deepEqual(problemOfAttempt(pods, 2), {
        reason,
        message: `attempt 2 failed, and the next one has not begun: ${message}`,
      });
  });

  it('is nothing while an attempt is there, and where none follows', () => {
    const begun = { metadata: { ...metadata, creationTimestamp: END } };
    for (const pods of [
      [],
      [failed(runner(1, '')), begun],
      [failed(runner(65, result('Data')))],
      [failed(runner(0, ''))],
    ])
      assert.equal(problemOfAttempt(pods, 1), undefined);
  });
});
