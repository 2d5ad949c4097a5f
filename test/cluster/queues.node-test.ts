import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { installOperator } from './installation.ts';
import { installKueue, offerQueue } from './queues.ts';
import { conditionOf, makeTenant } from './tenant.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

/** `spec.queueName` with Kueue itself. */
let cluster: Cluster;
before(async () => {
  cluster = await startTestCluster();
  await installOperator(cluster);
  await installKueue(cluster);
});
after(stopTestCluster);

/** What each runner requests in these tests. */
const REQUEST = 100;
const jobTemplate = { resources: { requests: { cpu: `${REQUEST}m`, memory: '64Mi' }, limits: { memory: '512Mi' } } };

describe('a run whose Jobs are in a queue of Kueue', () => {
  it('waits for the queue and says so, loads one Job at a time as the quota says, and completes', async () => {
    const tenant = await makeTenant(cluster, 'queued');
    await offerQueue(cluster, 'queued', '0');
    await tenant.ingest({ queueName: 'loads', jobTemplate, loading: { tablesPerJob: 1, maxParallelJobs: 3 } });
    await eventually('the condition', 60, async () => {
      const { reason, message } = conditionOf(await tenant.status(), 'Progressing') ?? {};
      assert.deepEqual([reason, /queue loads/.test(message ?? '')], ['WaitingForAdmission', true]);
    });
    assert.deepEqual(await runningPods(), []);
    await offerQueue(cluster, 'queued', `${REQUEST}m`);
    let most = 0;
    const ended = tenant.completes();
    const counting = (async () => {
      for (let phase = ''; phase !== 'Complete' && phase !== 'Failed'; phase = (await tenant.status()).phase ?? '') {
        most = Math.max(most, (await runningPods()).length);
        await wait(300);
      }
    })();
    await Promise.all([ended, counting]);
    assert.equal(most, 1);
    assert((await tenant.tables()).every(({ status: { phase, attempts } }) => phase === 'Loaded' && attempts === 1));

    async function runningPods(): Promise<string[]> {
      const running = ['get', 'pods', '--field-selector=status.phase=Running', '-o', 'name'];
      return (await tenant.kubectl(...running)).split('\n').filter((name) => name !== '');
    }
  });

  it('continues after its queue was stopped in the middle, with each table loaded once', async () => {
    const tenant = await makeTenant(cluster, 'stopped');
    await offerQueue(cluster, 'stopped', `${2 * REQUEST}m`);
    await tenant.ingest({ queueName: 'loads', jobTemplate, loading: { tablesPerJob: 1, maxParallelJobs: 2 } });
    await tenant.isInTheMiddle();
    const stop = (policy: string) =>
      cluster.kubectl([
        'patch',
        'clusterqueue',
        'stopped',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { stopPolicy: policy } }),
      ]);
    await stop('HoldAndDrain');
    await eventually('the condition', 60, async () => {
      assert.equal(conditionOf(await tenant.status(), 'Progressing')?.reason, 'WaitingForAdmission');
    });
    await stop('None');
    await tenant.completes();
  });
});
