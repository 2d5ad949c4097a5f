import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Leader } from '../../operator/kubernetes/leader.ts';
import { eventually } from './commands.ts';
import { manifest } from './nodeless-tenant.ts';
import { OPERATOR_NAMESPACE, startOperator } from './operator-process.ts';
import { useUnreliablePlane } from './unreliable-plane.ts';
import { apiBy } from './watching.ts';

const scene = useUnreliablePlane('leader');

describe('the Lease', () => {
  const LEASE_SECONDS = 5;
  const candidate = async (identity: string, file = scene.kubeconfig, leaseSeconds = LEASE_SECONDS) =>
    new Leader({
      api: await apiBy(file),
      namespace: OPERATOR_NAMESPACE,
      name: 'test',
      identity,
      leaseSeconds,
      onError: () => undefined,
    });

  it('has one holder, and another one within its duration when the first disappears', async () => {
    const stop = new AbortController();
    const [one, other] = [await candidate('one', scene.way.kubeconfig), await candidate('other')];
    await one.acquire(stop.signal);
    const held = one.hold(stop.signal);
    const acquired = other.acquire(stop.signal);
    try {
      await wait(LEASE_SECONDS * 1500);
      assert.deepEqual([one.isLeader, other.isLeader], [true, false]);
      scene.way.fallSilent();
      const began = Date.now();
      // It stops by itself, before the other one may take over.
      assert.equal(await held, false);
      assert.deepEqual([one.isLeader, other.isLeader], [false, false]);
      await acquired;
      assert(Date.now() - began < LEASE_SECONDS * 2000);
      assert.equal(other.isLeader, true);
      await other.release();
    } finally {
      stop.abort();
    }
  });

  it('is kept while the apiserver takes more than a quarter of its duration for each answer', async () => {
    const stop = new AbortController();
    // A leader gives up after 4/5 of it: two answers, the pause between them, and two seconds in which this machine does something else.
    const [leaseSeconds, answerSeconds] = [12, 3.1];
    const one = await candidate('one', scene.way.kubeconfig, leaseSeconds);
    await one.acquire(stop.signal);
    const held = one.hold(stop.signal);
    scene.way.slowDown(answerSeconds * 1000);
    try {
      const end = await Promise.race([held, wait(leaseSeconds * 2500, 'Kept')]);
      assert.deepEqual([end, one.isLeader], ['Kept', true]);
    } finally {
      stop.abort();
    }
    assert.equal(await held, true);
    scene.way.slowDown(0);
    await one.release();
  });

  it('is free at once when it was released', async () => {
    const stop = new AbortController();
    const [one, other] = [await candidate('one'), await candidate('other')];
    await one.acquire(stop.signal);
    const acquired = other.acquire(stop.signal);
    try {
      await one.release();
      const began = Date.now();
      await acquired;
      assert(Date.now() - began < LEASE_SECONDS * 1000);
      await other.release();
    } finally {
      stop.abort();
    }
  });
});

describe('an operator with two replicas', () => {
  // The Lease's ten seconds, and what the other replica needs to ask for it and to fill its caches.
  const MAX_SECONDS = 15;

  it(`goes on less than ${MAX_SECONDS} s after its leader was killed`, async (context) => {
    const first = await startOperator(scene.plane, scene.kubeconfig, 'first');
    await eventually('the leader', 60, async () => {
      assert.match((await first.ask('/metrics')).text, /^motherload_leader 1$/m);
    });
    const second = await startOperator(scene.plane, scene.kubeconfig, 'second');
    try {
      await first.stop('SIGKILL');
      const killed = Date.now();
      const ingestion = { ...manifest({}), metadata: { name: 'nightly', namespace: 'default' } };
      await scene.plane.kubectl(['apply', '-f', '-'], JSON.stringify(ingestion));
      const created = await eventually('its Job', 120, async () => {
        const path = 'jsonpath={.items[*].metadata.creationTimestamp}';
        const time = Date.parse(await scene.plane.kubectl(['get', 'jobs', '-o', path]));
        assert(!Number.isNaN(time));
        return time;
      });
      const seconds = (created - killed) / 1000;
      context.diagnostic(`${seconds} s`);
      assert(seconds < MAX_SECONDS, `${seconds} s`);
    } finally {
      await Promise.all([first.stop('SIGKILL'), second.stop('SIGKILL')]);
    }
  });
});
