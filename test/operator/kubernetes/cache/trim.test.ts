import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trimPod, trimTable } from '../../../../operator/kubernetes/cache/trim.ts';
import type { PodObject, TableIngestionObject } from '../../../../operator/kubernetes/client/objects.ts';
import { entry } from '../../fixtures.ts';

describe('trimming objects for the caches', () => {
  const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', labels: { task: 'Load' } };

  it('drops managedFields and annotations', () => {
    const table = { metadata: { ...metadata, managedFields: [{}], annotations: { other: 'x' } }, spec: entry('users') };
    assert.deepEqual(trimTable(table as TableIngestionObject), { metadata, spec: entry('users') });
  });

  it('drops the spec of a pod, which contains its task', () => {
    const state = { terminated: { exitCode: 0, message: '{}' } };
    const pod = {
      metadata,
      spec: { containers: [{ name: 'runner', env: [{ name: 'MOTHERLOAD_TASK', value: 'long' }] }] },
      status: {
        phase: 'Succeeded',
        podIP: '10.0.0.1',
        containerStatuses: [{ name: 'runner', image: 'runner:1', state }],
      },
    };
    const kept = { metadata, status: { phase: 'Succeeded', containerStatuses: [{ name: 'runner', state }] } };
    assert.deepEqual(trimPod(pod as unknown as PodObject), kept);
  });
});
