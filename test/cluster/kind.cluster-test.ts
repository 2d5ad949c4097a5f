import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { eventually } from './commands.ts';
import { buildDatabase, databaseUri } from './kind/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-kind-'));
let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the PostgreSQL of the kind cluster', () => {
  it('consists of objects without unknown fields, with a pod of the restricted standard', async () => {
    const list = { apiVersion: 'v1', kind: 'List', items: buildDatabase('0123', '4567') };
    await plane.kubectl(['apply', '--validate=strict', '-f', '-'], JSON.stringify(list));
    await eventually('the pod, which the namespace would refuse otherwise', 120, async () => {
      assert.match(await plane.kubectl(['-n', 'databases', 'get', 'pods', '-o', 'name']), /postgresql-/);
    });
  });

  it('is reachable by the name of its Service', async () => {
    const { hostname, port } = new URL(databaseUri('0123'));
    const [service = '', namespace = ''] = hostname.split('.');
    assert.match(await plane.kubectl(['-n', namespace, 'get', 'service', service]), new RegExp(`\\b${port}/TCP`));
  });
});
