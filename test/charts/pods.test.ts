import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { V1PodSpec } from '@kubernetes/client-node';
import { render } from './helm.ts';
import { EVERYTHING } from './values.ts';

describe('the pods of the chart', () => {
  it('satisfy the restricted standard, with a read-only root file system', async () => {
    const rendered = await render(EVERYTHING);
    const test = rendered.the('Pod');
    for (const pod of [rendered.operator.pod, test.spec]) assertRestricted(pod);
  });

  it('have no Kubernetes credentials, except for the operator', async () => {
    const rendered = await render();
    assert.equal(rendered.operator.pod.automountServiceAccountToken, true);
    assert.equal(rendered.the('Pod').spec?.automountServiceAccountToken, false);
    assert.equal(rendered.the('ServiceAccount').automountServiceAccountToken, false);
  });

  it("test the release with the operator's image, and are deleted after success", async () => {
    const image = { repository: 'registry.example.com/operator', tag: '1', pullPolicy: 'Always' };
    const rendered = await render({ image, service: { port: 80 }, imagePullSecrets: [{ name: 'registry' }] });
    const { spec, metadata } = rendered.the('Pod');
    const [container] = spec?.containers ?? [];
    assert.deepEqual([container?.image, container?.imagePullPolicy], ['registry.example.com/operator:1', 'Always']);
    assert.deepEqual(spec?.imagePullSecrets, [{ name: 'registry' }]);
    assert.deepEqual(container?.env, [{ name: 'ADDRESS', value: 'http://motherload.motherload-system.svc:80/readyz' }]);
    assert.deepEqual(
      [metadata.annotations?.['helm.sh/hook'], metadata.annotations?.['helm.sh/hook-delete-policy']],
      ['test', 'before-hook-creation,hook-succeeded'],
    );
    const selector = rendered.the('Service').spec?.selector ?? {};
    assert(
      Object.entries(selector).some(([name, value]) => metadata.labels?.[name] !== value),
      'the Service selects the test pod',
    );
  });
});

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function assertRestricted(pod: V1PodSpec | undefined): void {
  assert(pod !== undefined);
  assert.equal(pod.securityContext?.runAsNonRoot, true);
  assert.equal(pod.securityContext.seccompProfile?.type, 'RuntimeDefault');
  assert.deepEqual(
    [pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.initContainers],
    [undefined, undefined, undefined, undefined],
  );
  for (const { securityContext, resources } of pod.containers) {
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert(resources?.limits?.['memory'] !== undefined && resources.requests?.['cpu'] !== undefined);
  }
}
