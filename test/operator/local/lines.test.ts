import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readLines } from '../../../operator/local/lines.ts';

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks, { objectMode: false });
  readLines(stream, (line) => lines.push(line));
  await finished(stream);
  return lines;
}

describe('readLines', () => {
  it('returns the same lines wherever the pipe cuts them, even within a character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'ü', '€', '\n') }),
        fc.integer({ min: 1, max: 5 }),
        async (text, size) => {
          const bytes = Buffer.from(text);
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          );
          const expected = text.split('\n').filter((line) => line !== '');
          assert.deepEqual(
            (await linesOf(chunks)).filter((line) => line !== ''),
            expected,
          );
        },
      ),
      { seed: 7 },
    );
  });

  it('truncates endless lines, and returns the next ones in full', async () => {
    const flood = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x'));
    const lines = await linesOf([...flood, Buffer.from('\nnext\nlast')]);
    assert.deepEqual(
      lines.map((line) => line.length),
      [1024 * 1024, 4, 4],
    );
  });
});
