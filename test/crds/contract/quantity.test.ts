import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isQuantity, valueOf } from '../../../crds/contract/quantity.ts';

describe('the value of a quantity', () => {
  const CASES: [quantity: string, value: number][] = [
    ['0', 0],
    ['2', 2],
    ['+1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['500m', 0.5],
    ['3u', 3e-6],
    ['4n', 4e-9],
    ['2k', 2000],
    ['1M', 1e6],
    ['1E', 1e18],
    ['1e3', 1000],
    ['1E3', 1000],
    ['25e-2', 0.25],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1Ei', 2 ** 60],
  ];
  for (const [quantity, value] of CASES) {
    it(`of ${quantity} is ${value}`, () => {
      assert(isQuantity(quantity));
      assert(Math.abs(valueOf(quantity) - value) <= value * 1e-12);
    });
  }
});
