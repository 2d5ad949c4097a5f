import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatalogueCache } from '../../../../operator/kubernetes/cache/catalogue-cache.ts';
import { entry } from '../../fixtures.ts';

describe('the shelf of catalogues', () => {
  it('keeps what fits, and makes room for the newest', () => {
    const shelf = new CatalogueCache(100);
    const catalogues = ['a', 'b', 'c'].map((name) => [entry(name)]);
    for (const [index, catalogue] of catalogues.entries()) shelf.put(`job-${index}`, catalogue, 50);
    assert.deepEqual(
      [0, 1, 2].map((index) => shelf.get(`job-${index}`)),
      [undefined, catalogues[1], catalogues[2]],
    );
    shelf.put('job-1', [], 100);
    assert.deepEqual([shelf.get('job-1'), shelf.get('job-2')], [[], undefined]);
    shelf.forget('job-1');
    assert.equal(shelf.get('job-1'), undefined);
  });
});
