import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeptConverter, type Measures } from '../../../job-runner/load/kept-converter.ts';

describe('a kept converter', () => {
  const small: Measures = { chunkBytes: 4096, regions: 2 };

  it('is for the next table of the same measures, once', () => {
    const kept = new KeptConverter<Measures>();
    assert.equal(kept.take(small), undefined);
    kept.keep(small);
    assert.equal(kept.take({ ...small }), small);
    assert.equal(kept.take({ ...small }), undefined);
  });

  it('is not for a table with larger chunks, or with more streams', () => {
    const kept = new KeptConverter<Measures>();
    for (const other of [{ chunkBytes: 8192 }, { regions: 3 }]) {
      kept.keep(small);
      assert.equal(kept.take({ ...small, ...other }), undefined);
    }
  });
});
