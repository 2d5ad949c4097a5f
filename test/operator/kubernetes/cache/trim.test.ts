import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trimIngestion, trimPod, trimTable } from '../../../../operator/kubernetes/cache/trim.ts';
import type { PodObject, TableIngestionObject } from '../../../../operator/kubernetes/client/objects.ts';
import { entry, ingestion } from '../../fixtures.ts';

describe('trimming objects for the caches', () => {
  const metadata = {
    name: 'a',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    labels: { 'motherload.dev/task': 'Load' },
  };

  it('drops managedFields and annotations', () => {
    const table = { metadata: { ...metadata, managedFields: [{}], annotations: { other: 'x' } }, spec: entry('users') };
    assert.deepEqual(trimTable(table as TableIngestionObject), { metadata, spec: entry('users') });
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
    const kept = { metadata, status: { phase: 'Succeeded', containerStatuses: [{ name: 'runner', state }] } };
    assert.deepEqual(trimPod(pod as unknown as PodObject), kept);
  });
});
