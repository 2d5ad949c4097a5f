import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathOf, resourceOf } from '../../../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS, LEASES, PODS } from '../../../../operator/kubernetes/client/resources.ts';

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
