import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inParallel } from '../../../operator/engine/in-parallel.ts';

describe('inParallel', () => {
  it('does each item once, begun in their order, and no more than 16 at once', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const begun: number[] = [];
    let [underWay, most] = [0, 0];
    await inParallel(items, async (item) => {
      begun.push(item);
      most = Math.max(most, ++underWay);
      await wait(item % 3);
      underWay--;
    });
    assert.deepEqual(begun, items);
    assert.deepEqual([underWay, most], [0, 16]);
  });

  it('begins nothing more after a failure, and throws it when what was under way has ended', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const items = Array.from({ length: 100 }, (_, index) => index);
    const work = async (item: number) => {
      begun.push(item);
      await wait(item === 3 ? 1 : 20);
      if (item === 3) throw new Error('three');
      ended.push(item);
    };
    await assert.rejects(inParallel(items, work), /three/);
    assert.equal(begun.length, 16);
    assert.equal(ended.length, 15);
  });

  it('has nothing to do with no items', () => inParallel([], () => assert.fail('worked')));
});
