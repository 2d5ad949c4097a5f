import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { mapInParallel } from '../../../crds/contract/in-parallel.ts';

const ITEMS = Array.from({ length: 50 }, (_, index) => index);

describe('mapInParallel', () => {
  it('returns the results in the order of the items, and keeps the limit', async () => {
    let [running, most] = [0, 0];
    const results = await mapInParallel(ITEMS, 7, async (item) => {
      most = Math.max(most, ++running);
      await wait(item % 3);
      running--;
      return item * 2;
    });
    assert.deepEqual(
      results,
      ITEMS.map((item) => item * 2),
    );
    assert.equal(most, 7);
  });

  it('throws the first error in time, once everything already started has ended, and starts nothing more', async () => {
    const [started, ended]: [number[], number[]] = [[], []];
    const mapping = mapInParallel(ITEMS, 4, async (item) => {
      started.push(item);
      await wait(item === 2 ? 1 : 20);
      if (item <= 2) throw new Error(`error of ${item}`);
      ended.push(item);
    });
    await assert.rejects(mapping, /error of 2/);
    assert.deepEqual([started, ended], [[0, 1, 2, 3], [3]]);
  });

  it('returns nothing for no items', async () => {
    assert.deepEqual(await mapInParallel([], 4, () => assert.fail('mapped')), []);
  });
});
