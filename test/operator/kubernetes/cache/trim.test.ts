import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trimIngestion, trimJob, trimPod, trimTable } from '../../../../operator/kubernetes/cache/trim.ts';
import type { PodObject, TableIngestionObject } from '../../../../operator/kubernetes/client/objects.ts';
import { entry, ingestion, omit } from '../../fixtures.ts';

describe('trimming objects for the caches', () => {
  const metadata = {
    name: 'a',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    labels: { 'motherload.dev/task': 'Load' },
  };

  const withoutLabels = omit(metadata, 'labels');

  it('drops managedFields, annotations and the labels of a table', () => {
    const table = { metadata: { ...metadata, managedFields: [{}], annotations: { other: 'x' } }, spec: entry('users') };
    assert.deepEqual(trimTable(table as TableIngestionObject), { metadata: withoutLabels, spec: entry('users') });
  });

  it('keeps little of a DumpIngestion of 1 MB, whatever makes it large', () => {
    const columns = Array.from({ length: 50 }, (_, index) => ({ name: `c${index}`, type: 'text', notNull: false }));
    const definitions = Array.from({ length: 400 }, (_, index) => ({ name: `mother_${index}`, columns }));
    const { spec } = ingestion({}, { spec: 'motherTables: { policy: Create }' });
    const many = (value: string) =>
      Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`label-${index}`, value]));
    const owner = { kind: 'Other', name: 'other', uid: 'o' };
    const large = {
      metadata: {
        ...{ ...metadata, labels: { ...many('x'.repeat(63)), ...metadata.labels }, annotations: many('y'.repeat(60)) },
        ownerReferences: Array.from({ length: 1000 }, () => owner),
      },
      spec: { ...spec, motherTables: { ...spec.motherTables, definitions } },
    };
    assert(JSON.stringify(large).length > 1_000_000);
    const kept = trimIngestion(large);
    assert(JSON.stringify(kept).length < 3000, JSON.stringify(kept));
    assert.deepEqual(kept, { metadata, spec });
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
    const kept = { metadata: withoutLabels, status: { containerStatuses: [{ name: 'runner', state }] } };
    assert.deepEqual(trimPod(pod as unknown as PodObject), kept);
  });

  it('keeps of a pod what says what is missing, or why it has failed, and of a Job those that hold', () => {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' };
    const others = [{ type: 'Ready', status: 'True', lastProbeTime: null }];
    const pod = { metadata: withoutLabels, status: { conditions: [...others, condition] } };
    assert.deepEqual(trimPod(pod), { metadata: withoutLabels, status: { conditions: [condition] } });
    const waiting = { waiting: { reason: 'ImagePullBackOff' } };
    const init = [
      { name: 'first', ready: true, state: { terminated: { exitCode: 0 } } },
      { name: 'second', ready: false, state: waiting },
    ];
    const evicted = { phase: 'Failed', reason: 'Evicted', message: 'no disk' } as const;
    assert.deepEqual(trimPod({ metadata: withoutLabels, status: { ...evicted, initContainerStatuses: init } }).status, {
      ...evicted,
      initContainerStatuses: [{ name: 'second', state: waiting }],
    });
    const leaving = { ...withoutLabels, deletionTimestamp: 't' };
    assert.deepEqual(trimPod({ metadata: leaving, spec: { nodeName: 'a' } }).spec, { nodeName: 'a' });
    assert.equal(trimPod({ metadata: withoutLabels, spec: { nodeName: 'a' } }).spec, undefined);
    const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: 't' };
    const suspended = { type: 'Suspended', status: 'False', lastProbeTime: 't' };
    const job = { metadata, status: { failed: 1, ready: 0, conditions: [suspended, failed] } };
    assert.deepEqual(trimJob(job), { metadata, status: { failed: 1, conditions: [failed] } });
  });
});
