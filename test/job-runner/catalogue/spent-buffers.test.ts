import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { SpentBuffers } from '../../../job-runner/catalogue/spent-buffers.ts';

const CHUNK = 256 * 1024;

describe('spent buffers', () => {
  it('do not gather while a gigabyte of them passes', async () => {
    const spent = new SpentBuffers();
    let left = 4096;
    const stream = new Readable({
      highWaterMark: 1,
      read: () => void setImmediate(() => stream.push(left-- > 0 ? Buffer.allocUnsafe(CHUNK) : null)),
    });
    const start = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const chunk of stream) {
      spent.add((chunk as Buffer).length);
      most = Math.max(most, process.memoryUsage().arrayBuffers - start);
    }
    // 17 to 45 MiB were seen, and 125 to 136 where nothing asks for a collection.
    assert(most < 80 << 20, `${most >> 20} MiB gathered`);
  });
});
