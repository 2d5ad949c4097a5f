import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkQueue } from '../../../operator/engine/work-queue.ts';
import { settled, TestClock } from '../test-clock.ts';

/** A queue whose work the test ends. */
function scene(concurrency = 1, interval = 0) {
  const clock = new TestClock();
  const started: string[] = [];
  const failures: [key: string, retryAfter: number][] = [];
  const ends: { resolve: (again?: number) => void; reject: (error: Error) => void }[] = [];
  const queue = new WorkQueue({
    process: async (key) => {
      started.push(key);
      return await new Promise<number | undefined>((resolve, reject) => ends.push({ resolve, reject }));
    },
    ...{ concurrency, interval },
    backOff: { base: 100, cap: 1000 },
    clock,
    onFailure: (key, _error, retryAfter) => failures.push([key, retryAfter]),
  });
  const end = async (again?: number) => {
    ends.shift()?.resolve(again);
    await settled();
  };
  const fail = async () => {
    ends.shift()?.reject(new Error('failed as requested'));
    await settled();
  };
  return { clock, started, failures, queue, end, fail };
}

describe('a work queue', () => {
  it('processes a key once, however often it was added before', async () => {
    const { queue, started, end } = scene();
    queue.add('other');
    for (let count = 0; count < 5; count++) queue.add('key');
    assert.equal(queue.depth, 1);
    await end();
    await end();
    assert.deepEqual(started, ['other', 'key']);
    assert.equal(queue.depth, 0);
  });

  it('processes a key again that was added while being processed, but never twice at the same time', async () => {
    const { queue, started, end } = scene(4);
    queue.add('key');
    queue.add('key');
    queue.add('key');
    assert.deepEqual(started, ['key']);
    await end();
    assert.deepEqual(started, ['key', 'key']);
    await end();
    assert.deepEqual(started, ['key', 'key']);
  });

  it('lets namespaces take turns, and within one processes first what came first, each key once', async () => {
    const { queue, started, end } = scene();
    for (const key of ['a/0', 'a/1', 'a/2', 'a/3', 'a/1', 'b/1', 'c/1', 'b/2']) queue.add(key);
    assert.equal(queue.depth, 6);
    await end();
    // One that comes while others wait has its turn behind them.
    queue.add('d/1');
    for (let left = 6; left > 0; left--) await end();
    assert.deepEqual(started, ['a/0', 'a/1', 'b/1', 'c/1', 'a/2', 'd/1', 'b/2', 'a/3']);
    assert.equal(queue.depth, 0);
  });

  it('processes new keys only while no others wait, and each of them once', async () => {
    const { queue, started, end } = scene();
    queue.add('busy');
    for (const key of ['new', 'other new', 'new']) queue.add(key, { isNew: true });
    queue.add('begun');
    queue.add('begun', { isNew: true });
    assert.equal(queue.depth, 3);
    await end();
    queue.add('also begun');
    await end();
    await end();
    await end();
    await end();
    assert.deepEqual(started, ['busy', 'begun', 'also begun', 'new', 'other new']);
    assert.equal(queue.depth, 0);
  });

  it('processes a new key with the others once it is added as one of them', async () => {
    const { queue, started, end } = scene();
    queue.add('busy');
    for (const key of ['new', 'changed']) queue.add(key, { isNew: true });
    queue.add('changed');
    await end();
    await end();
    assert.deepEqual(started, ['busy', 'changed', 'new']);
  });

  it('processes up to `concurrency` keys at the same time, in the order in which they were added', async () => {
    const { queue, started, end } = scene(2);
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    assert.deepEqual(started, ['a', 'b']);
    await end();
    assert.deepEqual(started, ['a', 'b', 'c']);
  });

  it('adds a key after a delay, the shortest of several', async () => {
    const { queue, started, clock, end } = scene();
    queue.addAfter('key', 500);
    queue.addAfter('key', 200);
    queue.addAfter('key', 900);
    await clock.move(199);
    assert.deepEqual(started, []);
    await clock.move(1);
    assert.deepEqual(started, ['key']);
    await end();
    await clock.move(1000);
    assert.deepEqual(started, ['key']);
  });

  it('processes a key again after the delay that its process returns', async () => {
    const { queue, started, clock, end } = scene();
    queue.add('key');
    await end(300);
    await clock.move(299);
    assert.equal(started.length, 1);
    await clock.move(1);
    assert.equal(started.length, 2);
  });

  it('doubles the delay after each failure, up to the cap, and resets it on success', async () => {
    const { queue, clock, failures, end, fail } = scene();
    queue.add('key');
    for (const delay of [100, 200, 400, 800, 1000, 1000]) {
      await fail();
      assert.deepEqual(failures.at(-1), ['key', delay]);
      await clock.move(delay);
    }
    await end();
    queue.add('key');
    await fail();
    assert.deepEqual(failures.at(-1), ['key', 100]);
  });

  it('keeps processing other keys while one fails', async () => {
    const { queue, started, fail } = scene();
    queue.add('bad');
    queue.add('good');
    await fail();
    assert.deepEqual(started, ['bad', 'good']);
  });

  it('does not let an add undercut a back-off', async () => {
    const { queue, clock, started, failures, fail } = scene();
    queue.add('key');
    for (const delay of [100, 200, 400, 800, 1000]) {
      queue.add('key');
      await fail();
      assert.deepEqual(failures.at(-1), ['key', delay]);
      for (let passed = 0; passed < delay; passed += 50) {
        const before = started.length;
        queue.add('key');
        queue.addAfter('key', 1);
        assert.equal(started.length, before);
        await clock.move(50);
        assert.equal(started.length, passed + 50 < delay ? before : before + 1);
      }
    }
    assert.equal(started.length, 6);
  });

  it('processes a key at most once per interval, and once for all adds in between', async () => {
    const { queue, clock, started, failures, end, fail } = scene(1, 300);
    queue.add('key');
    await end();
    for (let passed = 0; passed < 300; passed += 100) {
      queue.add('key');
      assert.equal(started.length, 1);
      await clock.move(100);
    }
    assert.equal(started.length, 2);
    queue.add('key');
    await end(5);
    await clock.move(299);
    assert.equal(started.length, 2);
    await clock.move(1);
    assert.equal(started.length, 3);
    for (const delay of [300, 300, 400, 800]) {
      await fail();
      assert.deepEqual(failures.at(-1), ['key', delay]);
      await clock.move(delay);
    }
  });

  it('processes other keys while one cools down', async () => {
    const { queue, started, end } = scene(1, 300);
    queue.add('one');
    await end();
    queue.add('one');
    queue.add('other');
    assert.deepEqual(started, ['one', 'other']);
  });

  it('starts nothing more after shutDown, not even queued keys, and waits for what is being processed', async () => {
    const { queue, started, clock, end } = scene();
    queue.add('a');
    queue.add('b');
    queue.add('a');
    queue.addAfter('later', 100);
    let isDown = false;
    const down = queue.shutDown().then(() => (isDown = true));
    queue.add('c');
    queue.addAfter('c', 1);
    assert.deepEqual([clock.waiting, queue.depth, isDown], [0, 0, false]);
    await end();
    await down;
    assert.deepEqual([started, queue.depth], [['a'], 0]);
    await queue.shutDown();
  });

  it('does not retry a failure after shutDown', async () => {
    const { queue, clock, fail } = scene();
    queue.add('a');
    const down = queue.shutDown();
    await fail();
    await down;
    assert.equal(clock.waiting, 0);
  });
});
