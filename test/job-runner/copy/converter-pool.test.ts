import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConverterPool, type BufferSizes } from '../../../job-runner/copy/converter-pool.ts';

describe('a kept converter', () => {
  const small: BufferSizes = { chunkBytes: 4096, regions: 2 };

  it('is for the next table of the same measures, once', () => {
    const kept = new ConverterPool<BufferSizes>();
    assert.equal(kept.take(small), undefined);
    kept.keep(small);
    assert.equal(kept.take({ ...small }), small);
    assert.equal(kept.take({ ...small }), undefined);
  });

  it('is not for a table with larger chunks, or with more streams', () => {
    const kept = new ConverterPool<BufferSizes>();
    for (const other of [{ chunkBytes: 8192 }, { regions: 3 }]) {
      kept.keep(small);
      assert.equal(kept.take({ ...small, ...other }), undefined);
    }
  });
});
