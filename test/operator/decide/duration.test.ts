import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationText } from '../../../operator/decide/duration.ts';

describe('a duration', () => {
  it('has its two largest units', () => {
    const texts = [0, 0.9, 59.9, 60, 125, 3600, 3661, 11_400, 86_400, 90_000, 8_640_000].map(durationText);
    assert.deepEqual(texts, ['0s', '0s', '59s', '1m', '2m5s', '1h', '1h1m', '3h10m', '1d', '1d1h', '100d']);
  });

  it('is never negative, since clocks of two replicas may differ', () => {
    assert.equal(durationText(-5), '0s');
  });
});
