import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { accessByKubeconfig } from '../../../../operator/kubernetes/client/access.ts';
import { temporaryFolder } from '../../../job-runner/catalogue/tasks.ts';

describe('the access by a kubeconfig', () => {
  const folder = temporaryFolder();

  it('says that the file is not there, is not one, or names no cluster', async () => {
    const [none, other, empty] = ['none', 'other', 'empty'].map((name) => join(folder, name));
    writeFileSync(other ?? '', 'users:\n  - token: secret\n  [\n');
    writeFileSync(empty ?? '', 'apiVersion: v1\nkind: Config\nclusters: []\n');
    const fails = async (file: string | undefined, message: RegExp) => {
      await assert.rejects(accessByKubeconfig(file), { kind: 'Manifest', code: 'InvalidOption', message });
    };
    await fails(
      none,
      /^the kubeconfig cannot be read \(ENOENT: .*none'\): set KUBECONFIG to another one, or run in a pod$/,
    );
    // What YAML's error quotes may be a secret.
    await fails(
      other,
      /^the kubeconfig cannot be read \(it is not a kubeconfig\): set KUBECONFIG to another one, or run in a pod$/,
    );
    await fails(empty, /^no Kubernetes cluster is configured: set KUBECONFIG, or run in a pod$/);
  });
});
