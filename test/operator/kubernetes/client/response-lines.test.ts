import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf } from '../../../../operator/kubernetes/client/response-lines.ts';

async function lines(chunks: readonly string[], longest = Infinity): Promise<string[]> {
  const found: string[] = [];
  async function* answer() {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk, 'latin1'));
  }
  for await (const line of linesOf(answer(), longest)) found.push(line);
  return found;
}
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('linesOf', () => {
  it('puts lines together however they are cut, the last one too where it has no end', async () => {
    for (const chunks of [
      ['one\ntwo\n\nthree'],
      ['o', 'ne\nt', 'wo', '\n', '\nthr', 'ee'],
      Array.from('one\ntwo\n\nthree'),
    ]) {
      assert.deepEqual(await lines(chunks), ['one', 'two', '', 'three']);
    }
    assert.deepEqual(await lines(['one\n']), ['one']);
    assert.deepEqual(await lines([]), []);
  });

  it('does not break a character that is cut in two', async () => {
    assert.deepEqual(await lines(Array.from(latin1('é\n€'))), ['é', '€']);
  });

  it('leaves out what is longer than the bound, and goes on behind it', async () => {
    assert.deepEqual(await lines(['12345\n123456\n123', '45678', '9\n1\n', '1234567'], 5), ['12345', '1']);
  });
});
