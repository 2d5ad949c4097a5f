import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inParallel } from '../../../operator/engine/in-parallel.ts';

describe('inParallel', () => {
  it('does each item once, started in order, and at most 16 at the same time', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const started: number[] = [];
    let [running, most] = [0, 0];
    await inParallel(items, async (item) => {
      started.push(item);
      most = Math.max(most, ++running);
      await wait(item % 3);
      running--;
    });
    assert.deepEqual(started, items);
    assert.deepEqual([running, most], [0, 16]);
  });

  it('starts nothing more after a failure, and throws it once everything started has ended', async () => {
    const [started, ended]: [number[], number[]] = [[], []];
    const items = Array.from({ length: 100 }, (_, index) => index);
    const work = async (item: number) => {
      started.push(item);
      await wait(item === 3 ? 1 : 20);
      if (item === 3) throw new Error('three');
      ended.push(item);
    };
    await assert.rejects(inParallel(items, work), /three/);
    assert.equal(started.length, 16);
    assert.equal(ended.length, 15);
  });

  it('does nothing without items', () => inParallel([], () => assert.fail('worked')));
});
