import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Cluster } from './cluster.ts';
import { runCommand } from './commands.ts';
import { installOperator, offerDatabase, offerExampleDumps } from './installation.ts';
import { containerdSocket } from './node.ts';
import { OperatorPods } from './operator-pods.ts';
import { makeEmptyTenant, makeTenant } from './tenant.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

/** What keeps a pod from running on a real node: it is told as a condition within seconds, and the run goes on when the cause is gone. */
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

describe('what a manifest names', { concurrency: 3 }, () => {
  it('is missed by its name, one thing after another: the claim, the ConfigMap, the Secret', async () => {
    const tenant = await makeEmptyTenant(cluster, 'without-all');
    await tenant.ingest({ format: dialect });
    assert.match(await tenant.waitsBecause('Unschedulable'), /persistentvolumeclaim "dumps" not found/);
    await offerExampleDumps(cluster, tenant.namespace);
    assert.match(await tenant.waitsBecause('FailedMount', 60), /configmap "type-maps" not found/);
    await tenant.kubectl('create', 'configmap', 'type-maps', '--from-literal=own.yaml=types: { motto: text }');
    // The kubelet tries to mount again after 0.5 s, 1 s, 2 s, ... up to two minutes.
    assert.match(
      await tenant.waitsBecause('CreateContainerConfigError', 150),
      /secret "motherload-database" not found/,
    );
    await offerDatabase(cluster, tenant.namespace);
    await tenant.completes();
  });

  it('is a node that there is not: the run goes on when the manifest names another', async () => {
    const tenant = await makeTenant(cluster, 'elsewhere');
    await tenant.ingest({ jobTemplate: { nodeSelector: { 'kubernetes.io/os': 'plan9' } } });
    assert.match(await tenant.waitsBecause('Unschedulable'), /didn't match Pod's node affinity\/selector/);
    await tenant.patch({ jobTemplate: { nodeSelector: { 'kubernetes.io/os': 'linux' } } });
    await tenant.completes();
  });

  it('is more memory than a node has: the run goes on with less', async () => {
    const tenant = await makeTenant(cluster, 'too-large');
    const resources = (memory: string) => ({
      jobTemplate: { resources: { requests: { memory }, limits: { memory } } },
    });
    await tenant.ingest(resources('4Ti'));
    assert.match(await tenant.waitsBecause('Unschedulable'), /Insufficient memory/);
    await tenant.patch(resources('256Mi'));
    await tenant.completes();
  });
});

describe("the runner's image", () => {
  const missing = 'localhost/motherload-runner:missing';

  it('that cannot be pulled is told, and the run goes on when the image is there', async () => {
    await installOperator(cluster, ['--set-string', 'runner.image.tag=missing,runner.image.pullPolicy=IfNotPresent']);
    const tenant = await makeTenant(cluster, 'late-image');
    await tenant.ingest();
    assert.match(await waitsForImage(tenant), new RegExp(missing));
    const images = ['ctr', '--address', containerdSocket(cluster.folder), '--namespace', 'k8s.io', 'images'];
    const known = (await runCommand([...images, 'ls', '-q']))
      .split('\n')
      .find((name) => name.startsWith('localhost/motherload-runner:'));
    await runCommand([...images, 'tag', known ?? '', missing]);
    await tenant.completes();
    await runCommand([...images, 'rm', missing]);
  });

  it('that cannot be pulled is left for the right one when the release is corrected', async () => {
    const tenant = await makeTenant(cluster, 'wrong-image');
    await tenant.ingest();
    await waitsForImage(tenant);
    await installOperator(cluster);
    await tenant.completes();
    const operator = new OperatorPods(cluster);
    assert((await operator.log(await operator.leader())).every(({ level }) => level !== 'error'));
  });
});

/** The kubelet says one or the other, by turns. */
async function waitsForImage(tenant: Awaited<ReturnType<typeof makeTenant>>): Promise<string> {
  return await Promise.any(['ErrImagePull', 'ImagePullBackOff'].map((reason) => tenant.waitsBecause(reason)));
}
