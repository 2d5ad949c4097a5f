import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { assemble } from '../../../job-runner/load/assemble.ts';

it('the WebAssembly module is made of its source: after a change run `make generate`', async () => {
  const committed = readFileSync(new URL('../../../job-runner/load/csv-to-text.wasm', import.meta.url));
  assert.deepEqual(committed, Buffer.from(await assemble()));
});
