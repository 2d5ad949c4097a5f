import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeResult } from '../../crds/contract/result-text.ts';
import type { ContainerStatus } from '../../operator/kubernetes/client/objects.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { NodelessTenant } from './nodeless-tenant.ts';
import { prepareOperator, startOperator, type OperatorProcess } from './operator-process.ts';

/**
 * What happens to the pods of a Job and keeps the run, as a kubelet reports it, or no longer does: the Jobs and their controller are real, and the
 * test writes what a node would.
 */
const folder = mkdtempSync(join(tmpdir(), 'motherload-kept-jobs-'));
let plane: ControlPlane;
let operator: OperatorProcess;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  operator = await startOperator(plane, await prepareOperator(plane), 'only');
});
after(async () => {
  await operator.stop('SIGKILL');
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Pods {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const podOf = (tenant: NodelessTenant) =>
  eventually('the pod', 60, async () => {
    const { items } = JSON.parse(await tenant.kubectl('get', 'pods', '-o', 'json')) as Pods;
    return items[0]?.metadata.name ?? assert.fail('none yet');
  });

const report = (
  tenant: NodelessTenant,
  pod: string,
  phase: string,
  states: Record<string, ContainerStatus['state']>,
) => {
  const containerStatuses = Object.entries(states).map(([name, state]) => ({
    ...{ name, state, image: 'none', imageID: '', ready: false, restartCount: 0 },
  }));
  const status = JSON.stringify({ status: { phase, containerStatuses } });
  return tenant.kubectl('patch', 'pod', pod, '--subresource=status', '--type=merge', '-p', status);
};

const time = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

describe('a run whose Job is kept', () => {
  it('says how an attempt ended while Kubernetes waits with the next one', async () => {
    const tenant = await NodelessTenant.create(plane, 'attempt');
    await tenant.ingest();
    const failure = { kind: 'Transient', code: 'ConnectionFailed', message: 'no server at db:5432' } as const;
    const message = encodeResult({ task: 'Catalogue', outcome: 'Failed', failure });
    const times = { startedAt: time(2), finishedAt: time(1) };
    await report(tenant, await podOf(tenant), 'Failed', {
      runner: { terminated: { exitCode: 75, message, ...times } },
    });
    assert.match(
      await tenant.waitsBecause('ConnectionFailed'),
      /^attempt 1 failed, and the next one has not begun: no server at db:5432$/,
    );
    await tenant.hasEvent('ConnectionFailed');
    await tenant.waitsBecause('Unschedulable');
  });

  it('names the container of somebody else that runs on after the runner, until that has ended', async () => {
    const tenant = await NodelessTenant.create(plane, 'proxy');
    await tenant.ingest();
    const pod = await podOf(tenant);
    const runner = { terminated: { exitCode: 75, startedAt: time(50), finishedAt: time(40) } };
    await report(tenant, pod, 'Running', { runner, proxy: { running: { startedAt: time(50) } } });
    assert.match(await tenant.waitsBecause('ContainerNotEnded'), /container proxy, which is not ours, has not/);
    const ended = { terminated: { exitCode: 0, startedAt: time(50), finishedAt: time(0) } };
    await report(tenant, pod, 'Failed', { runner, proxy: ended });
    await tenant.waitsBecause('AttemptFailed');
  });

  it('names the pod that its node does not stop, and goes on once that node is deleted', async () => {
    const tenant = await NodelessTenant.create(plane, 'lost-node');
    const size = { cpu: '8', memory: '8Gi', pods: '10' };
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: time(0), lastTransitionTime: time(0) }];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'lost' } };
    await plane.kubectl(['create', '-f', '-'], JSON.stringify(node));
    const status = JSON.stringify({ status: { capacity: size, allocatable: size, conditions } });
    await plane.kubectl(['patch', 'node', 'lost', '--subresource=status', '--type=merge', '-p', status]);
    await tenant.ingest({ source: { volume: { csi: { driver: 'dumps.invalid' } } } });
    const pod = await podOf(tenant);
    await eventually('its node', 60, async () =>
      assert.equal(await tenant.kubectl('get', 'pod', pod, '-o', 'jsonpath={.spec.nodeName}'), 'lost'),
    );
    await report(tenant, pod, 'Running', { runner: { running: { startedAt: time(1) } } });
    await tenant.kubectl('delete', 'pod', pod, '--grace-period=1', '--wait=false');
    assert.match(await tenant.waitsBecause('PodTerminating', 90), /`kubectl delete node lost`/);
    await plane.kubectl(['delete', 'node', 'lost']);
    await eventually('the next pod', 180, async () => assert.notEqual(await podOf(tenant), pod));
  });
});
