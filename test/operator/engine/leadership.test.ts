import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lead, type LeadOptions } from '../../../operator/engine/leadership.ts';
import { settled } from '../test-clock.ts';

/** Work and a Lease that the test ends; `story` is what happened to them. */
function scene(options: Partial<LeadOptions> = {}) {
  const story: string[] = [];
  const stop = new AbortController();
  const acquired = Promise.withResolvers<undefined>();
  const drained = Promise.withResolvers<undefined>();
  const lost = Promise.withResolvers<boolean>();
  const lease = {
    acquire: (signal: AbortSignal) =>
      Promise.race([acquired.promise, new Promise<void>((end) => (signal.onabort = () => end()))]),
    hold: async (signal: AbortSignal) => {
      story.push('renews');
      signal.addEventListener('abort', () => lost.resolve(true));
      const isHeld = await lost.promise;
      story.push(isHeld ? 'renews no more' : 'lost');
      return isHeld;
    },
    release: () => {
      story.push('given up');
      return Promise.resolve();
    },
  };
  const work = {
    start: () => story.push('acts'),
    stop: async () => {
      story.push('begins nothing more');
      await drained.promise;
      story.push('all has ended');
    },
  };
  const end = lead({ isReady: () => true, lease, ...work, signal: stop.signal, drainMilliseconds: 60_000, ...options });
  return {
    story,
    stop,
    end,
    acquire: () => acquired.resolve(undefined),
    drain: () => drained.resolve(undefined),
    lose: () => lost.resolve(false),
  };
}

describe('a replica that leads', () => {
  it('renews the Lease until what is under way has ended, and gives it up then', async () => {
    const { story, stop, end, acquire, drain } = scene();
    acquire();
    await settled();
    assert.deepEqual(story, ['renews', 'acts']);
    stop.abort();
    await settled();
    assert.deepEqual(story.slice(2), ['begins nothing more']);
    drain();
    assert.equal(await end, 'Ended');
    assert.deepEqual(story.slice(3), ['all has ended', 'renews no more', 'given up']);
  });

  it('leaves the Lease to run out where something is still under way when its time is over', async () => {
    const { story, stop, end, acquire } = scene({ drainMilliseconds: 20 });
    acquire();
    await settled();
    stop.abort();
    assert.equal(await end, 'Unfinished');
    await settled();
    assert.deepEqual(story, ['renews', 'acts', 'begins nothing more', 'renews no more']);
  });

  it('is told at once that it has lost the Lease, also while it ends what is under way', async () => {
    for (const isStopping of [false, true]) {
      const { story, stop, end, acquire, lose } = scene();
      acquire();
      await settled();
      if (isStopping) stop.abort();
      lose();
      assert.equal(await end, 'Lost');
      assert(!story.includes('given up'));
    }
  });

  it('does nothing before it has the Lease, and ends when it is told so while it waits', async () => {
    const { story, stop, end, drain } = scene();
    await settled();
    drain();
    stop.abort();
    assert.equal(await end, 'Ended');
    assert(!story.includes('acts') && !story.includes('renews'));
  });

  it('acts without a Lease where it is the only one, once it knows what there is', async () => {
    let isReady = false;
    const { story, stop, end, drain } = scene({ lease: undefined, isReady: () => isReady });
    await settled();
    assert.deepEqual(story, []);
    isReady = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(story, ['acts']);
    drain();
    stop.abort();
    assert.equal(await end, 'Ended');
  });
});
