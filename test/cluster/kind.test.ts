import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { Rendered, runHelm } from '../charts/helm.ts';
import { helmInstallation, placeMounts } from './kind.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the kind cluster', () => {
  it('mounts the example dumps read-only, at the path of the PersistentVolume', () => {
    const yaml = readFileSync(join(import.meta.dirname, 'kind', 'cluster.yaml'), 'utf8');
    const placed = load(placeMounts(yaml, root)) as { name: string; nodes: { extraMounts: { hostPath: string }[] }[] };
    assert.equal(placed.name, 'motherload');
    assert.deepEqual(placed.nodes, [
      {
        role: 'control-plane',
        extraMounts: [{ hostPath: join(root, 'examples', 'dumps'), containerPath: '/dumps', readOnly: true }],
      },
    ]);
    assert(existsSync(placed.nodes[0]?.extraMounts[0]?.hostPath ?? ''));
  });

  it('installs the chart with the images that were loaded into its node, which are never pulled', async () => {
    const images = { operator: 'motherload-operator:012345678901', runner: 'motherload-runner:abcdef012345' };
    const [, , release = '', , ...parameters] = helmInstallation(images);
    const values = parameters.filter((parameter) => !['--create-namespace', '--wait'].includes(parameter));
    const { operator } = new Rendered(
      await runHelm(['template', release, join(root, 'charts', 'motherload'), ...values]),
    );
    assert.deepEqual([operator.container.image, operator.container.imagePullPolicy], [images.operator, 'Never']);
    assert.equal(operator.environment['MOTHERLOAD_RUNNER_IMAGE'], images.runner);
    assert.equal(operator.environment['MOTHERLOAD_RUNNER_IMAGE_PULL_POLICY'], 'Never');
    assert.match(operator.environment['MOTHERLOAD_JOB_TEMPLATE'] ?? '', /"requests":\{"cpu":"10m","memory":"64Mi"\}/);
  });
});
