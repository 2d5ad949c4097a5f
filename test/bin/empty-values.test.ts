import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { motherload } from './cli.ts';

describe('motherload', () => {
  it('refuses an empty value, which would be the folder that it is started in', async () => {
    for (const [parameters, what] of [
      [['run', '-f', 'examples/quickstart.yaml', '--dumps', ''], "option '--dumps <folder>' has an empty value"],
      [['validate', '-f', 'examples/quickstart.yaml', '-f', ''], "option '-f, --file <file>' has an empty value"],
      [['rejects', ''], 'an argument is empty'],
    ] as const) {
      const { code, stdout, stderr } = await motherload(parameters);
      assert.deepEqual([code, stdout], [2, '']);
      assert(stderr.startsWith(`error: ${what}: is a variable not set?\n`), stderr);
    }
  });

  it('says that dumps on a web server are for the manifest', async () => {
    const { code, stderr } = await motherload(['plan', '-f', 'examples/quickstart.yaml', '--dumps', 'https://files/']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: --dumps is a folder or s3:\/\/BUCKET\/PREFIX; .* \(spec\.source\.https\)\n$/);
  });
});
