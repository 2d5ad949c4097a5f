import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Cluster } from './cluster.ts';
import { startDatabase, stopDatabase } from './database.ts';
import { installOperator } from './installation.ts';
import { OperatorPods } from './operator-pods.ts';
import { makeTenant, rowsOf } from './tenant.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

let cluster: Cluster;
let operator: OperatorPods;
before(async () => {
  cluster = await startTestCluster();
  await installOperator(cluster, ['--set', 'replicas=2']);
  operator = new OperatorPods(cluster);
});
after(stopTestCluster);

describe('a run ends with exactly the right rows and a correct status', () => {
  const disturbances: Readonly<Record<string, () => Promise<void>>> = {
    'the apiserver is killed': async () => {
      await cluster.processes.stop('kube-apiserver', 'SIGKILL');
      cluster.processes.startAgain('kube-apiserver');
      await cluster.ready();
    },
    'the apiserver is away for longer than the Lease holds': async () => {
      await cluster.processes.stop('kube-apiserver', 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      cluster.processes.startAgain('kube-apiserver');
      await cluster.ready();
    },
    'PostgreSQL is restarted': async () => {
      await stopDatabase(cluster.processes);
      await startDatabase(cluster);
    },
    'all runner pods are killed': async () => {
      const unfinished = '--field-selector=status.phase!=Succeeded,status.phase!=Failed';
      const pods = ['pods', '--all-namespaces', '--selector=motherload.dev/task=Load', unfinished];
      assert.match(await cluster.kubectl(['delete', ...pods, '--grace-period=0', '--force']), /deleted/);
    },
  };
  for (const [index, [what, disturb]] of Object.entries(disturbances).entries()) {
    it(`when ${what} during the run`, async () => {
      const tenant = await makeTenant(cluster, `disturbed-${index}`);
      const release = await tenant.startsInTheMiddle('v1', 'v2');
      await disturb();
      await release();
      await tenant.completes(rowsOf('v1', 'v2'));
      await operator.areReady();
      for (const pod of await operator.names()) await operator.log(pod);
    });
  }
});
