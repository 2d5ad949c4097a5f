import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepPod, keepTable } from '../../../../operator/kubernetes/cache/trim.ts';
import {
  pathOf,
  resourceOf,
  type PodObject,
  type TableIngestionObject,
} from '../../../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS, LEASES, PODS } from '../../../../operator/kubernetes/client/resources.ts';
import { entry } from '../../fixtures.ts';

describe('resourceOf', () => {
  const cases: readonly [string, string][] = [
    [pathOf(PODS), 'pods'],
    [pathOf(PODS, 'default'), 'pods'],
    [pathOf(PODS, 'default', 'a', 'log'), 'pods/log'],
    [pathOf(DUMP_INGESTIONS), 'dumpingestions'],
    [pathOf(DUMP_INGESTIONS, 'namespaces', 'nightly', 'status'), 'dumpingestions/status'],
    [pathOf(LEASES, 'system', 'operator'), 'leases'],
  ];
  for (const [path, resource] of cases)
    it(`finds ${resource} in ${path}`, () => assert.equal(resourceOf(path), resource));
});

describe('what the caches keep', () => {
  const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', labels: { task: 'Load' } };

  it('is not who wrote which field, nor annotations of others', () => {
    const table = { metadata: { ...metadata, managedFields: [{}], annotations: { other: 'x' } }, spec: entry('users') };
    assert.deepEqual(keepTable(table as TableIngestionObject), { metadata, spec: entry('users') });
  });

  it('is not the spec of a pod, which holds its task', () => {
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
    assert.deepEqual(keepPod(pod as unknown as PodObject), kept);
  });
});
