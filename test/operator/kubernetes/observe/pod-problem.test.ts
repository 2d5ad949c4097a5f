import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventObject } from '../../../../operator/kubernetes/client/objects.ts';
import { problemOfEvents } from '../../../../operator/kubernetes/observe/pod-problem.ts';

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
