import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runAsLeader, type LeadershipOptions } from '../../../operator/engine/leadership.ts';
import { settled } from '../test-clock.ts';

/** Work and a Lease that the test controls; `steps` records what happened to them. */
function scene(options: Partial<LeadershipOptions> = {}) {
  const steps: string[] = [];
  const stop = new AbortController();
  const acquired = Promise.withResolvers<undefined>();
  const drained = Promise.withResolvers<undefined>();
  const lost = Promise.withResolvers<boolean>();
  const lease = {
    acquire: (signal: AbortSignal) =>
      Promise.race([acquired.promise, new Promise<void>((end) => (signal.onabort = () => end()))]),
    hold: async (signal: AbortSignal) => {
      steps.push('renews');
      signal.addEventListener('abort', () => lost.resolve(true));
      const isHeld = await lost.promise;
      steps.push(isHeld ? 'stops renewing' : 'lost');
      return isHeld;
    },
    release: () => {
      steps.push('released');
      return Promise.resolve();
    },
  };
  const work = {
    start: () => steps.push('acts'),
    stop: async () => {
      steps.push('starts nothing more');
      await drained.promise;
      steps.push('everything has ended');
    },
  };
  const defaults = { isReady: () => true, lease, ...work, signal: stop.signal, drainMilliseconds: 60_000 };
  const end = runAsLeader({ ...defaults, ...options });
  return {
    steps,
    stop,
    end,
    acquire: () => acquired.resolve(undefined),
    drain: () => drained.resolve(undefined),
    lose: () => lost.resolve(false),
  };
}

describe('runAsLeader', () => {
  it('renews the Lease until the work in progress has ended, then releases it', async () => {
    const { steps, stop, end, acquire, drain } = scene();
    acquire();
    await settled();
    assert.deepEqual(steps, ['renews', 'acts']);
    stop.abort();
    await settled();
    assert.deepEqual(steps.slice(2), ['starts nothing more']);
    drain();
    assert.equal(await end, 'Ended');
    assert.deepEqual(steps.slice(3), ['everything has ended', 'stops renewing', 'released']);
  });

  it('lets the Lease expire if work is still in progress after the drain time', async () => {
    const { steps, stop, end, acquire } = scene({ drainMilliseconds: 20 });
    acquire();
    await settled();
    stop.abort();
    assert.equal(await end, 'Unfinished');
    await settled();
    assert.deepEqual(steps, ['renews', 'acts', 'starts nothing more', 'stops renewing']);
  });

  it('reports a lost Lease immediately, even while it drains', async () => {
    for (const isStopping of [false, true]) {
      const { steps, stop, end, acquire, lose } = scene();
      acquire();
      await settled();
      if (isStopping) stop.abort();
      lose();
      assert.equal(await end, 'Lost');
      assert(!steps.includes('released'));
    }
  });

  it('does nothing before it has the Lease, and ends if aborted while it waits', async () => {
    const { steps, stop, end, drain } = scene();
    await settled();
    drain();
    stop.abort();
    assert.equal(await end, 'Ended');
    assert(!steps.includes('acts') && !steps.includes('renews'));
  });

  it('acts without a Lease if it is the only replica, once its caches are filled', async () => {
    let isReady = false;
    const { steps, stop, end, drain } = scene({ lease: undefined, isReady: () => isReady });
    await settled();
    assert.deepEqual(steps, []);
    isReady = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(steps, ['acts']);
    drain();
    stop.abort();
    assert.equal(await end, 'Ended');
  });
});
