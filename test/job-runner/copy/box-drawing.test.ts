import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoxDrawing } from '../../../job-runner/copy/box-drawing.ts';
import { REFERENCE } from './plans.ts';

async function warningsOf(bytes: string, encoding: string): Promise<readonly string[]> {
  const drawing = new BoxDrawing({ ...REFERENCE, encoding });
  for await (const chunk of drawing.watch([Buffer.from(bytes, 'latin1')] as never)) assert.ok(chunk);
  return drawing.warnings;
}

describe('characters that frames are drawn with', () => {
  it('are reported within words, where the file is of Windows and read as of DOS', async () => {
    assert.deepEqual(await warningsOf('203|\xb5g\n204|\xc4pfel, \xd6l\n', 'CP437'), [
      '3 characters beside letters are of those that frames are drawn with in CP437: if the texts look wrong, set spec.format.encoding to another one, such as WIN1252, and load the file again',
    ]);
    assert.match((await warningsOf('M\xdcLLER\n', 'CP850')).join(), /^1 character beside letters is /);
  });

  it('are not reported as frames, nor in encodings that have none', async () => {
    assert.deepEqual(await warningsOf('\xda\xc4\xc4\xbf\n\xb3 a \xb3\nf\x81r \x84\n', 'CP437'), []);
    assert.deepEqual(await warningsOf('\xb5g \xc4pfel\n', 'WIN1252'), []);
    assert.deepEqual(await warningsOf('\xc3\x84pfel\n', 'UTF8'), []);
  });
});
