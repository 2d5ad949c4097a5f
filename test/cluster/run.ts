/**
 * Runs the tests that need Kubernetes: `node test/cluster/run.ts [PART ...]` runs those whose path contains one of the parts.
 * Last line: `N passed, N failed`.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..', '..');
const parts = process.argv.slice(2);
const files = globSync('test/**/*.cluster-test.ts', { cwd: root })
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, file));

let passed = 0;
let failed = 0;
// One file at a time: a node's tests share the machine's network.
const stream = run({ files, concurrency: 1, timeout: 1_800_000 });
stream.on('test:pass', (data) => {
  if (data.details.type === 'suite') return;
  if (data.skip === undefined && data.todo === undefined) passed++;
  else failed++;
});
stream.on('test:fail', (data) => {
  if (data.details.type !== 'suite' || data.details.error.message.includes('hook')) failed++;
});
const reporter = stream.pipe(new spec());
reporter.pipe(process.stdout, { end: false });
await finished(reporter);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
