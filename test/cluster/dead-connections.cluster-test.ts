import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from './commands.ts';
import { manifest } from './nodeless-tenant.ts';
import { startOperator } from './operator-process.ts';
import { useUnreliablePlane } from './unreliable-plane.ts';

/** A firewall or load balancer forgets the connections, and tells nobody; new ones work. */
const scene = useUnreliablePlane('dead');
const MAX_SECONDS = 30;

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const create = async (ingestions: readonly string[], suspend = false) => {
  const items = ingestions.map((name) => ({ ...manifest({ suspend }), metadata: { name, namespace: 'default' } }));
  await scene.plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
};
const read = async (kind: string, path: string) =>
  (await scene.plane.kubectl(['get', kind, '-o', `jsonpath={.items[*]${path}}`])).split(' ');
const startedJobs = () => read('jobs', '.metadata.labels.motherload\\.dev/ingestion');
/** The seconds until all of them have their Job, by the times of the Jobs. */
const secondsUntilStarted = async (ingestions: readonly string[], context: TestContext) => {
  const start = Date.now();
  await eventually('the Jobs', 300, async () => {
    const started = new Set(await startedJobs());
    assert.deepEqual(
      ingestions.filter((name) => !started.has(name)),
      [],
    );
  });
  const times = await read('jobs', '.metadata.creationTimestamp');
  const seconds = (Math.max(...times.map((time) => Date.parse(time))) - start) / 1000;
  context.diagnostic(`${seconds} s`);
  return seconds;
};

describe('an operator whose connections die in silence', () => {
  it(`acts again in less than ${MAX_SECONDS} s if it was idle`, async (context) => {
    const operator = await startOperator(scene.plane, scene.way.kubeconfig, 'idle');
    try {
      await create(names('idle', 40), true);
      await eventually('the statuses', 60, async () => {
        assert.equal((await read('di', '.status.phase')).filter((phase) => phase === 'Suspended').length, 40);
      });
      scene.way.fallSilent();
      scene.way.restore();
      await create(['first']);
      const seconds = await secondsUntilStarted(['first'], context);
      assert(seconds < MAX_SECONDS, `${seconds} s`);
      assert.match((await operator.ask('/metrics')).text, /^motherload_api_silences_total [1-9]/m);
    } finally {
      await operator.stop('SIGKILL');
      await scene.plane.kubectl(['delete', 'di,jobs', '--all']);
    }
  });

  it(`acts again in less than ${MAX_SECONDS} s if it was busy`, async (context) => {
    const operator = await startOperator(scene.plane, scene.way.kubeconfig, 'busy');
    const many = names('busy', 60);
    try {
      await create(many);
      await eventually('the first Jobs', 60, async () => assert((await startedJobs()).length > 5));
      scene.way.fallSilent();
      scene.way.restore();
      await create(['last']);
      const seconds = await secondsUntilStarted([...many, 'last'], context);
      assert(seconds < MAX_SECONDS, `${seconds} s`);
    } finally {
      await operator.stop('SIGKILL');
      await scene.plane.kubectl(['delete', 'di,jobs', '--all']);
    }
  });
});
