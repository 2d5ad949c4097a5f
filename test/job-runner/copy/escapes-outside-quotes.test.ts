import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EscapesOutsideQuotes } from '../../../job-runner/copy/escapes-outside-quotes.ts';
import { REFERENCE } from './plans.ts';

const CSV = { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' };
const ESCAPED = { ...CSV, escape: '\\' };

async function warningsOf(text: string, format: Partial<typeof REFERENCE>): Promise<string> {
  const escapes = new EscapesOutsideQuotes({ ...CSV, ...format });
  for await (const chunk of escapes.watch([Buffer.from(text)] as never)) assert.equal(chunk.toString(), text);
  return escapes.warnings.join();
}

describe('backslashes in fields without quotes', () => {
  it('are reported where each quote or backslash has one', async () => {
    for (const [text, format] of [
      ['1,\\"Bob\\",x\n2,"a,b",y\n', CSV],
      ['1,\\"Bob\\"\r\n', ESCAPED],
      ['1,C:\\\\data\\\\,x\n2,"a\\"b",y\n', ESCAPED],
      ['1,\\\\\\"\n', ESCAPED],
    ] as const)
      assert.match(await warningsOf(text, format), /^fields without quotes have a backslash .* loaded with it: /, text);
  });

  it('are data in other files', async () => {
    for (const [text, format] of [
      ['1,C:\\data\\\n', ESCAPED],
      ['1,C:\\data\\\n2,x\\\\y\n', ESCAPED],
      ['1,\\\\server\n', ESCAPED],
      ['1,C:\\\\data\n', CSV],
      ['1,a"b\n2,a\\"b\n', CSV],
      ['1,a\\\\"b\n', CSV],
      ['1,"a\\"b, \\"c\\"",x\n', ESCAPED],
      ['1,"{""path"": ""C:\\\\data""}"\n', CSV],
      ['1,\\"Bob\\"\n', { ...ESCAPED, backslash: 'Escapes' }],
      ['1,\\"Bob\\"\n', { ...CSV, quote: '', escape: '' }],
    ] as const)
      assert.equal(await warningsOf(text, format), '', text);
  });
});
