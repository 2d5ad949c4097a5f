import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { startSimulatedNodes } from './simulated-nodes.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-simulation-'));
let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  const result = '(printf "{\\"table\\":%q}" (index .metadata.labels "table"))';
  await startSimulatedNodes(plane, { nodes: 3, result, milliseconds: 500, logs: { default: ['{"progress":1}'] } });
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const COUNT = 100;
const job = (index: number) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: `load-${index}`, namespace: 'default' },
  spec: {
    template: {
      metadata: { labels: { table: `t${index}` } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [{ name: 'runner', image: 'none' }],
      },
    },
  },
});

describe('simulated nodes', () => {
  it(`complete ${COUNT} Jobs with the real controllers, with termination messages and logs`, async () => {
    const items = Array.from({ length: COUNT }, (_, index) => job(index));
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await plane.kubectl(['wait', '--for=condition=Complete', 'jobs', '--all', '--timeout=300s']);
    const path = '{range .items[*]}{.status.containerStatuses[0].state.terminated.message}{"\\n"}{end}';
    const messages = (await plane.kubectl(['get', 'pods', '-o', `jsonpath=${path}`])).trim().split('\n');
    assert.deepEqual(messages.sort(), Array.from({ length: COUNT }, (_, index) => `{"table":"t${index}"}`).sort());
    assert.equal(await plane.kubectl(['logs', 'job/load-7']), '{"progress":1}\n');
  });
});
