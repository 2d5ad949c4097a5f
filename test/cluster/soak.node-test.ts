import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { LABELS } from '../../crds/contract/names.ts';
import { Random } from '../../examples/generator/random.ts';
import type { Cluster } from './cluster.ts';
import { buildProjectImage, importImage } from './images.ts';
import { prepareOperator, startOperator } from './operator-process.ts';
import { EXAMPLE_ROWS, makeTenant, type Tenant } from './tenant.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

/** The operator as a process on this machine, which restarts faster than a pod. */
const KILLS = 10;
const SECONDS_BETWEEN = 3;
const SEED = 'soak/1';
let cluster: Cluster;
let settings: Record<string, string>;
let kubeconfig: string;

before(async () => {
  cluster = await startTestCluster();
  const image = await buildProjectImage(cluster.folder, 'runner');
  await importImage(cluster.folder, image);
  settings = {
    MOTHERLOAD_RUNNER_IMAGE: image,
    MOTHERLOAD_RUNNER_IMAGE_PULL_POLICY: 'Never',
    MOTHERLOAD_JOB_TEMPLATE: '{resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 512Mi}}}',
  };
  kubeconfig = await prepareOperator(cluster);
});
after(stopTestCluster);

// The same name each time, since a restarted pod still has its Lease.
const start = () => startOperator(cluster, kubeconfig, 'soak', settings);

describe('an operator that is killed repeatedly', () => {
  it('loads each table once, with one Job, and ends with a correct status', async () => {
    const random = new Random(SEED);
    const tenant = await makeTenant(cluster, 'soak');
    await tenant.ingest({ source: { include: ['**/*.zip'] } });
    let unfinished = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const operator = await start();
      await wait(random.integer(0, SECONDS_BETWEEN * 1000));
      await operator.stop('SIGKILL');
      if ((await tenant.status()).phase !== 'Complete') unfinished++;
    }
    assert(unfinished >= KILLS / 2, `the run had ended before ${KILLS - unfinished} of ${KILLS} kills`);
    const last = await start();
    try {
      const status = await tenant.completes(EXAMPLE_ROWS);
      assert.deepEqual([status.percent, status.tables?.summary, status.tables?.failed], [100, '20/20', 0]);
      assert((await tenant.tables()).every(({ status: { phase, attempts } }) => phase === 'Loaded' && attempts === 1));
      assert.deepEqual(
        await worksOfJobs(tenant),
        ['Catalogue', ...Object.keys(EXAMPLE_ROWS).map(() => 'Load'), 'Finish'].sort(),
      );
      assert.equal(
        new Set((await podsOf(tenant)).map(({ job }) => job)).size,
        (await podsOf(tenant)).length,
        'a Job had two runners',
      );
    } finally {
      await last.stop();
    }
  });
});

interface Labelled {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** The purpose of each Job, sorted; no two are for the same table. */
async function worksOfJobs(tenant: Tenant): Promise<string[]> {
  const { items } = JSON.parse(await tenant.kubectl('get', 'jobs', '-o', 'json')) as { items: Labelled[] };
  const tables = items.flatMap(({ metadata }) => metadata.labels[LABELS.table] ?? []);
  assert.equal(new Set(tables).size, tables.length, 'two Jobs for one table');
  return items.map(({ metadata }) => metadata.labels[LABELS.task] ?? '').sort();
}

async function podsOf(tenant: Tenant): Promise<{ job: string | undefined }[]> {
  const { items } = JSON.parse(await tenant.kubectl('get', 'pods', '-o', 'json')) as { items: Labelled[] };
  return items.map(({ metadata }) => ({ job: metadata.labels['batch.kubernetes.io/job-name'] }));
}
