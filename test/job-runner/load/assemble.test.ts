import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { assemble } from '../../../job-runner/load/assemble.ts';

it('the WebAssembly modules are made of their sources: after a change run `make generate`', async () => {
  const made = Object.entries(await assemble());
  assert.equal(made.length, 2);
  for (const [name, bytes] of made) {
    assert.deepEqual(readFileSync(new URL(`../../../job-runner/load/${name}`, import.meta.url)), Buffer.from(bytes), name);
  }
});
