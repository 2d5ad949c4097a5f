import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { assemble } from '../../../job-runner/webassembly/build.ts';

it('the WebAssembly modules are made of their sources: after a change run `make generate`', async () => {
  const made = Object.entries(await assemble());
  assert.equal(made.length, 3);
  for (const [path, bytes] of made) {
    assert.deepEqual(
      readFileSync(new URL(`../../../job-runner/webassembly/${path}`, import.meta.url)),
      Buffer.from(bytes),
      path,
    );
  }
});
