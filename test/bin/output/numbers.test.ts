import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatMegabytesPerSecond,
  formatSeconds,
  formatTimeLeft,
} from '../../../bin/output/numbers.ts';

describe('formatted numbers', () => {
  it('have separators and units', () => {
    assert.equal(formatCount(1_234_567), '1,234,567');
    assert.deepEqual([0.042, 12.34, 59.96, 185, 7800].map(formatSeconds), [
      '0.04 s',
      '12.3 s',
      '60.0 s',
      '3 min 05 s',
      '2 h 10 min',
    ]);
    assert.deepEqual([0.2, 59, 61].map(formatTimeLeft), ['1 s', '59 s', '1 min 01 s']);
    assert.deepEqual([0, 999, 1000, 999_949, 999_950, 1.25e9].map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '999.9 kB',
      '1.0 MB',
      '1.3 GB',
    ]);
    assert.deepEqual([formatMegabytesPerSecond(5_000_000, 2), formatMegabytesPerSecond(5, 0)], ['2.5', '']);
  });
});
