import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatalogueCache } from '../../../../operator/kubernetes/cache/catalogue-cache.ts';
import { entry } from '../../fixtures.ts';

describe('CatalogueCache', () => {
  it('keeps what fits, and evicts the oldest for the newest', () => {
    const cache = new CatalogueCache(100);
    const catalogues = ['a', 'b', 'c'].map((name) => [entry(name)]);
    for (const [index, catalogue] of catalogues.entries()) cache.put(`job-${index}`, catalogue, 50);
    assert.deepEqual(
      [0, 1, 2].map((index) => cache.get(`job-${index}`)),
      [undefined, catalogues[1], catalogues[2]],
    );
    cache.put('job-1', [], 100);
    assert.deepEqual([cache.get('job-1'), cache.get('job-2')], [[], undefined]);
    cache.forget('job-1');
    assert.equal(cache.get('job-1'), undefined);
  });
});
