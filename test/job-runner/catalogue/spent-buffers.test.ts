import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SpentBuffers } from '../../../job-runner/catalogue/spent-buffers.ts';

const CHUNK = 256 * 1024;

describe('spent buffers', () => {
  it('do not gather while a gigabyte of them passes', () => {
    const spent = new SpentBuffers();
    const start = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let bytes = 0; bytes < 1 << 30; bytes += CHUNK) {
      spent.add(Buffer.allocUnsafe(CHUNK).length);
      most = Math.max(most, process.memoryUsage().arrayBuffers - start);
    }
    assert(most < 40 << 20, `${most >> 20} MiB gathered`);
  });
});
