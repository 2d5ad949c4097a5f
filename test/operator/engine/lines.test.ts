import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineSplitter } from '../../../operator/engine/lines.ts';

function split(chunks: readonly string[], maxBytes = Infinity, longLines: 'Drop' | 'Truncate' = 'Drop'): string[] {
  const splitter = new LineSplitter({ maxBytes, longLines });
  return [...chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk, 'latin1'))]), ...splitter.end()];
}
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('LineSplitter', () => {
  it('returns the same lines however the chunks are cut, including a last one without a line feed', () => {
    for (const chunks of [
      ['one\ntwo\n\nthree'],
      ['o', 'ne\nt', 'wo', '\n', '\nthr', 'ee'],
      Array.from('one\ntwo\n\nthree'),
    ]) {
      assert.deepEqual(split(chunks), ['one', 'two', '', 'three']);
    }
    assert.deepEqual(split(['one\n']), ['one']);
    assert.deepEqual(split([]), []);
  });

  it('does not break a character that is cut in two', () => {
    assert.deepEqual(split(Array.from(latin1('é\n€'))), ['é', '€']);
  });

  it('drops or truncates lines that are too long, and continues after them', () => {
    const chunks = ['12345\n123456\n123', '45678', '9\n1\n', '1234567'];
    assert.deepEqual(split(chunks, 5), ['12345', '1']);
    assert.deepEqual(split(chunks, 5, 'Truncate'), ['12345', '12345', '12345', '1', '12345']);
  });
});
