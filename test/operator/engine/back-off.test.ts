import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backOffDelay } from '../../../operator/engine/back-off.ts';

describe('backOffDelay', () => {
  it('never exceeds its cap, however many failures there were', () => {
    for (const failures of [10, 100, 10_000]) assert.equal(backOffDelay(failures, { base: 1000, cap: 60_000 }), 60_000);
  });
});
