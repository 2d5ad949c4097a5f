import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { installOperator, runHelm } from './installation.ts';
import { OperatorPods } from './operator-pods.ts';
import { OPERATOR_NAMESPACE } from './operator-process.ts';
import { conditionOf, EXAMPLE_ROWS, makeTenant, Tenant } from './tenant.ts';
import { removeLeftovers, startTestCluster, stopTestCluster, TEST_FOLDER } from './test-cluster.ts';
import { readTraces, type Traces } from './traces.ts';

/** The operator as users install it: two replicas with the Helm chart, from the image of the Dockerfile. */
const LEASE_SECONDS = 10;
let cluster: Cluster;
let operator: OperatorPods;
let earlier: Traces;

const install = (...settings: string[]) =>
  installOperator(
    cluster,
    ['replicas=2', ...settings].flatMap((setting) => ['--set', setting]),
  );

before(async () => {
  await removeLeftovers();
  earlier = await readTraces(TEST_FOLDER);
  cluster = await startTestCluster();
  operator = new OperatorPods(cluster);
  await cluster.kubectl(['create', 'namespace', OPERATOR_NAMESPACE]);
  await operator.kubectl('label', 'namespace', OPERATOR_NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted');
  await install();
});
after(stopTestCluster);

describe('the release', () => {
  it('passes helm test, and one of its two replicas is the leader', async () => {
    const output = await runHelm(cluster, ['test', 'motherload', '--namespace', OPERATOR_NAMESPACE]);
    assert.match(output, /Phase:\s+Succeeded/);
    const pods = await operator.names();
    assert.equal(pods.length, 2);
    const roles = await Promise.all(
      pods.map(async (pod) => /^motherload_leader \d$/m.exec(await operator.ask(pod, '/metrics'))?.[0]),
    );
    assert.deepEqual(roles.sort(), ['motherload_leader 0', 'motherload_leader 1']);
  });

  it('loads the example dumps after kubectl apply, and reports it in status, conditions, TableIngestions, Events, metrics and logs', async () => {
    const tenant = await makeTenant(cluster, 'velo');
    await tenant.kubectl('apply', '-f', join(import.meta.dirname, '..', '..', 'examples', 'quickstart.yaml'));
    await tenant.kubectl('wait', '--for=condition=Complete', 'di/quickstart', '--timeout=600s');
    const status = await tenant.completes(EXAMPLE_ROWS);
    assert.deepEqual(
      [status.percent, status.tables?.summary, conditionOf(status, 'Catalogued')?.status],
      [100, '20/20', 'True'],
    );
    const tables = await tenant.tables();
    assert.deepEqual(
      Object.fromEntries(tables.map(({ spec, status: { rows } }) => [spec.versionTable, rows]).sort()),
      EXAMPLE_ROWS,
    );
    assert(
      tables.every(
        (table) => table.status.phase === 'Loaded' && table.status.attempts === 1 && table.status.jobName !== undefined,
      ),
    );
    // One pod for all tables: they would take four times as long with one each.
    assert.deepEqual((await tenant.tasksOfJobs()).toSorted(), ['Catalogue', 'Finish', 'LoadBatch']);
    // Events follow their status.
    await eventually('the events', 60, async () => {
      const description = await tenant.kubectl('describe', 'di', 'quickstart');
      for (const reason of ['Cataloguing', 'Catalogued', 'Loading', 'Finishing', 'AllTablesLoaded'])
        assert.match(description, new RegExp(reason));
    });
    const leader = await operator.leader();
    const metrics = await operator.ask(leader, '/metrics');
    assert.match(metrics, /^motherload_tables\{phase="Loaded"\} 20$/m);
    assert.match(metrics, /^motherload_job_duration_seconds_count\{task="loadbatch",result="succeeded"\} 1$/m);
    assert.match(metrics, /^motherload_loaded_rows\{namespace="velo",ingestion="quickstart"\} \d+$/m);
    assert(
      (await operator.log(leader)).some((line) => line['namespace'] === 'velo' && line['ingestion'] === 'quickstart'),
    );
  });

  it("continues where it was when the leader's process is killed during a run", async () => {
    const { tenant, release } = await started('killed');
    await operator.kill(await operator.leader());
    await release();
    await tenant.completes();
    assert((await tenant.tables()).every(({ status: { phase, attempts } }) => phase === 'Loaded' && attempts === 1));
    await operator.areReady();
  });

  it('lets the other replica take over within the duration of the Lease when the leader is lost during a run', async () => {
    const { tenant, release } = await started('lost');
    const lease = await operator.lease();
    await operator.lose(lease.holderIdentity);
    const seconds = await operator.takeover(lease);
    assert(seconds < 2 * LEASE_SECONDS, `${seconds} s`);
    await release();
    await tenant.completes();
    await operator.areReady();
  });

  it('lets the other replica take over at once when the leader is deleted, as when a node is drained', async () => {
    const { tenant, release } = await started('drained');
    const lease = await operator.lease();
    await operator.kubectl('delete', 'pod', lease.holderIdentity, '--wait=false');
    const seconds = await operator.takeover(lease);
    assert(seconds < LEASE_SECONDS, `it has expired after ${seconds} s, and was not released`);
    await release();
    await tenant.completes();
    await operator.areReady();
  });

  it('is upgraded during a run, and may then read folders of the node', async () => {
    const { tenant, release } = await started('upgraded');
    await install('allowHostPath=true', 'podLabels.generation=second');
    assert.match(
      await operator.kubectl('get', 'pods', '-l', 'generation=second', '-o', 'name'),
      /(pod\/motherload-.*\s*){2}/,
    );
    await release();
    await tenant.completes();
    const other = await makeTenant(cluster, 'host-path');
    const volume = { hostPath: { path: join(cluster.folder, 'example-dumps') } };
    await other.ingest({ source: { volume } });
    // The chart allows it; the namespace's own standard still does not.
    assert.match(await other.waitsBecause('FailedCreate'), /violates PodSecurity "restricted.*hostPath/);
    await other.kubectl(
      'label',
      '--overwrite',
      'namespace',
      'host-path',
      'pod-security.kubernetes.io/enforce=privileged',
    );
    await other.completes();
  });

  it('leaves nothing behind on the machine when the cluster is stopped with all its pods', async () => {
    await cluster.stop();
    // The kernel needs a moment to remove an unused network.
    await eventually('the end of all traces', 60, async () => assert.deepEqual(await readTraces(TEST_FOLDER), earlier));
  });
});

/** A tenant with one of its tables loaded, and what lets the others be loaded. */
async function started(namespace: string): Promise<{ tenant: Tenant; release: () => Promise<void> }> {
  const tenant = await makeTenant(cluster, namespace);
  return { tenant, release: await tenant.startsInTheMiddle('v2') };
}
