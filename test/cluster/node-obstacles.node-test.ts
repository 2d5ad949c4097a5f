import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Cluster } from './cluster.ts';
import { runCommand } from './commands.ts';
import { installOperator, offerDatabase, offerExampleDumps } from './installation.ts';
import { containerdSocket } from './node.ts';
import { OperatorPods } from './operator-pods.ts';
import { makeEmptyTenant, makeTenant, type Tenant } from './tenant.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

/** What prevents a pod from running on a real node: a condition reports it within seconds, and the run continues when the cause is gone. */
let cluster: Cluster;
before(async () => {
  cluster = await startTestCluster();
  await installOperator(cluster);
});
after(stopTestCluster);

const dialect = {
  dialect: 'own',
  dialects: [{ name: 'own', extends: 'mssql', typesFrom: { configMapKeyRef: { name: 'type-maps', key: 'own.yaml' } } }],
};

describe('a missing object or resource that the manifest refers to', { concurrency: 3 }, () => {
  it('is reported by name, one after the other: the claim, the ConfigMap, the Secret', async () => {
    const tenant = await makeEmptyTenant(cluster, 'without-all');
    await tenant.ingest({ format: dialect });
    await tenant.isUnschedulable(/persistentvolumeclaim "dumps" not found/);
    await offerExampleDumps(cluster, tenant.namespace);
    // Of several missing objects the kubelet names any.
    const missing = /(configmap "type-maps"|secret "motherload-database") not found/;
    await tenant.waitsBecause('FailedMount', 120, missing);
    await tenant.kubectl('create', 'configmap', 'type-maps', '--from-literal=own.yaml=types: { motto: text }');
    // The kubelet retries the mount after 0.5 s, 1 s, 2 s, ... up to two minutes.
    await tenant.waitsBecause('FailedMount', 180, /secret "motherload-database" not found/);
    await offerDatabase(cluster, tenant.namespace);
    await tenant.completes();
  });

  it('can be a node: the run continues when the manifest names another one', async () => {
    const tenant = await makeTenant(cluster, 'elsewhere');
    await tenant.ingest({ jobTemplate: { nodeSelector: { 'kubernetes.io/os': 'plan9' } } });
    await tenant.isUnschedulable(/didn't match Pod's node affinity\/selector/);
    await tenant.patch({ jobTemplate: { nodeSelector: { 'kubernetes.io/os': 'linux' } } });
    await tenant.completes();
  });

  it('can be memory that no node has: the run continues when the manifest requests less', async () => {
    const tenant = await makeTenant(cluster, 'too-large');
    const resources = (memory: string) => ({
      jobTemplate: { resources: { requests: { memory }, limits: { memory } } },
    });
    await tenant.ingest(resources('4Ti'));
    await tenant.isUnschedulable(/Insufficient memory/);
    await tenant.patch(resources('256Mi'));
    await tenant.completes();
  });
});

describe("the runner's image", () => {
  const missing = 'localhost/motherload-runner:missing';

  it('is reported if it cannot be pulled, and the run continues when the image is available', async () => {
    await installOperator(cluster, ['--set-string', 'runner.image.tag=missing,runner.image.pullPolicy=IfNotPresent']);
    const tenant = await makeTenant(cluster, 'late-image');
    await tenant.ingest();
    await waitsForImage(tenant, new RegExp(missing));
    const images = ['ctr', '--address', containerdSocket(cluster.folder), '--namespace', 'k8s.io', 'images'];
    const known = (await runCommand([...images, 'ls', '-q']))
      .split('\n')
      .find((name) => name.startsWith('localhost/motherload-runner:'));
    await runCommand([...images, 'tag', known ?? '', missing]);
    await tenant.completes();
    await runCommand([...images, 'rm', missing]);
  });

  it('is replaced by the right one when the release is corrected', async () => {
    const tenant = await makeTenant(cluster, 'wrong-image');
    await tenant.ingest();
    await waitsForImage(tenant);
    await installOperator(cluster);
    await tenant.completes();
    const log = await new OperatorPods(cluster).leaderLog();
    assert.deepEqual(
      log.filter(({ level }) => level === 'error'),
      [],
    );
  });
});

/** The kubelet reports both reasons alternately. */
async function waitsForImage(tenant: Tenant, message?: RegExp): Promise<void> {
  await Promise.any(['ErrImagePull', 'ImagePullBackOff'].map((reason) => tenant.waitsBecause(reason, 120, message)));
}
