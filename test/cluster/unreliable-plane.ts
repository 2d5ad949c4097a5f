import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { prepareOperator } from './operator-process.ts';
import { makeUnreliableWay, type UnreliableWay } from './unreliable-way.ts';

/** A control plane for all tests of a file, and for each test an unreliable way to it. To be read within tests alone. */
export interface UnreliablePlane {
  readonly folder: string;
  plane: ControlPlane;
  /** The operator's, by the direct way. */
  kubeconfig: string;
  way: UnreliableWay;
}

export function useUnreliablePlane(name: string): UnreliablePlane {
  const folder = mkdtempSync(join(tmpdir(), `motherload-${name}-`));
  const scene = { folder } as UnreliablePlane;
  before(async () => {
    scene.plane = await startControlPlane({ folder });
    scene.kubeconfig = await prepareOperator(scene.plane);
  });
  after(async () => {
    await scene.plane.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  beforeEach(async () => {
    scene.way = await makeUnreliableWay(scene.plane, scene.kubeconfig);
  });
  afterEach(() => scene.way.close());
  return scene;
}
