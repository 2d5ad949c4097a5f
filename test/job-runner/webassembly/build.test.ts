import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { compile, SOURCES } from '../../../job-runner/webassembly/build.ts';

for (const [file, source] of Object.entries(SOURCES)) {
  it(`${file} is built from its source: after a change run \`make generate\``, () => {
    const committed = readFileSync(new URL(`../../../job-runner/webassembly/${file}`, import.meta.url));
    assert.deepEqual(committed, compile(source));
  });
}
