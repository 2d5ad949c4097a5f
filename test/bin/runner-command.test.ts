import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { RUNNER_COMMAND } from '../../bin/running/runner-command.ts';

it('starts a local runner with the same options of Node as the image', () => {
  const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8');
  const [, entryPoint = '[]'] = /^ENTRYPOINT (\["node",.*job-runner.*)$/m.exec(dockerfile) ?? [];
  const [node, ...ofImage] = JSON.parse(entryPoint) as string[];
  assert.deepEqual([node, ofImage.pop()], ['node', '/app/compiled/job-runner/main.js']);
  assert.deepEqual(RUNNER_COMMAND.slice(1, -1), ofImage);
});
