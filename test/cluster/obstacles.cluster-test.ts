import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { FULL_TEMPLATE } from '../crds/contract/full-template.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { NodelessTenant, type Fields } from './nodeless-tenant.ts';
import { prepareOperator, startOperator, type OperatorProcess } from './operator-process.ts';

/**
 * What prevents a run from continuing: a condition reports it within seconds, and the run continues by itself when the cause is gone. The Jobs,
 * the queues and the quotas are real; there is no node, so a Job that nothing else prevents is Unschedulable.
 */
const folder = mkdtempSync(join(tmpdir(), 'motherload-obstacles-'));
let plane: ControlPlane;
let kubeconfig: string;
let operator: OperatorProcess;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  kubeconfig = await prepareOperator(plane);
  operator = await startOperator(plane, kubeconfig, 'first', {
    MOTHERLOAD_ALLOWED_LABELS: 'example.com/*,kueue.x-k8s.io/priority-class,plain',
    MOTHERLOAD_ALLOWED_ANNOTATIONS: 'sidecar.istio.io/inject',
  });
});
after(async () => {
  await operator.stop('SIGKILL');
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const makeTenant = (namespace: string) => NodelessTenant.create(plane, namespace);

const quota = (hard: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'none' },
  spec: { hard },
});

/** A namespace is deleted after its pods, together with its other objects. */
const HOLDING_POD: Fields = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'holding', finalizers: ['example.com/hold'] },
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'none',
        image: 'none',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
    terminationGracePeriodSeconds: 0,
  },
};

const QUEUE = 'kueue.x-k8s.io/queue-name';

describe('a queue', () => {
  it('is waited for: the operator does not resume the Job itself', async () => {
    const tenant = await makeTenant('queue');
    await tenant.ingest({ queueName: 'loads' });
    assert.match(await tenant.waitsBecause('WaitingForAdmission'), /^waiting for admission by queue loads;/);
    assert.match((await tenant.status()).message ?? '', /queue loads/);
    const job = await tenant.job();
    assert.deepEqual([job.spec.suspend, job.metadata.labels[QUEUE]], [true, 'loads']);
    await tenant.hasEvent('WaitingForAdmission');
    const name = (await tenant.kubectl('get', 'jobs', '-o', 'name')).trim();
    await tenant.kubectl('patch', name, '--type=merge', '-p', '{"spec":{"suspend":false}}');
    await tenant.waitsBecause('Unschedulable');
  });

  it('is replaced when the manifest names another one', async () => {
    const tenant = await makeTenant('other-queue');
    await tenant.ingest({ queueName: 'wrong' });
    const first = await tenant.job();
    await tenant.patch({ queueName: 'right' });
    await tenant.job((job) => {
      assert.notEqual(job.metadata.uid, first.metadata.uid);
      assert.deepEqual([job.spec.suspend, job.metadata.labels[QUEUE]], [true, 'right']);
    });
    assert.match(await tenant.waitsBecause('WaitingForAdmission'), /queue right/);
  });

  it('is left while the run is suspended, and joined again afterwards', async () => {
    const tenant = await makeTenant('suspended-queue');
    await tenant.ingest({ queueName: 'loads' });
    await tenant.job();
    await tenant.patch({ suspend: true });
    await eventually('the queue without the Job', 60, async () => assert.deepEqual(await tenant.jobs(), []));
    await tenant.waitsBecause('Suspended');
    await tenant.patch({ suspend: false });
    await tenant.waitsBecause('WaitingForAdmission');
  });
});

describe('a Job template', () => {
  it('is accepted by the apiserver with every field', async () => {
    const tenant = await makeTenant('template');
    const { spec } = load(FULL_TEMPLATE) as { spec: { jobTemplate: Fields } };
    await tenant.ingest(spec);
    const job = await tenant.job();
    const pod = job.spec.template.spec;
    for (const field of [
      'nodeSelector',
      'tolerations',
      'affinity',
      'topologySpreadConstraints',
      'imagePullSecrets',
      'serviceAccountName',
    ]) {
      assert.deepEqual(pod[field], spec.jobTemplate[field], field);
    }
    assert.equal(job.metadata.labels['example.com/team'], 'data');
    assert.equal(job.metadata.annotations?.['sidecar.istio.io/inject'], 'false');
    assert.equal(pod['automountServiceAccountToken'], false);
  });

  it('is reported if no Job can be created from it, and the run continues when it is fixed', async () => {
    const tenant = await makeTenant('bad-template');
    const resources = (memory: string) => ({
      jobTemplate: { resources: { requests: { memory: '1Gi' }, limits: { memory } } },
    });
    await tenant.ingest(resources('1Mi'));
    assert.match(await tenant.waitsBecause('Invalid'), /must be less than or equal to memory limit/);
    await tenant.patch(resources('2Gi'));
    await tenant.waitsBecause('Unschedulable');
  });

  it('is reported if no pod can be created from it, and a change applies to the waiting Job', async () => {
    const tenant = await makeTenant('missing-account');
    await tenant.ingest({ jobTemplate: { serviceAccountName: 'nobody' } });
    assert.match(await tenant.waitsBecause('FailedCreate'), /serviceaccount "nobody" not found/);
    await tenant.patch({ jobTemplate: { serviceAccountName: 'default' } });
    await tenant.waitsBecause('Unschedulable');
  });
});

describe('a limit of the installation, a quota or the namespace', () => {
  it('is reported if it forbids a label or an annotation, and the run continues without it', async () => {
    const tenant = await makeTenant('labelled');
    await tenant.ingest({ jobTemplate: { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } } });
    assert.match(await tenant.waitsBecause('MetadataNotAllowed'), /vault.hashicorp.com\/agent-inject is not allowed/);
    await tenant.patch({ jobTemplate: { annotations: null } });
    await tenant.waitsBecause('Unschedulable');
  });

  it('is reported if it forbids folders of the node', async () => {
    const tenant = await makeTenant('host-path');
    await tenant.ingest({ source: { volume: { hostPath: { path: '/srv' } } } });
    assert.match(await tenant.waitsBecause('HostPathNotAllowed'), /use a persistentVolumeClaim/);
  });

  for (const [what, hard] of [
    ['Jobs', { 'count/jobs.batch': '0' }],
    ['pods', { pods: '0' }],
  ] as const) {
    it(`is waited for if it is a quota without room for ${what}`, async () => {
      const tenant = await makeTenant(`quota-of-${what.toLowerCase()}`);
      await tenant.apply(quota(hard));
      await eventually('the quota', 60, async () =>
        assert.match(await tenant.kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}'), /0/),
      );
      await tenant.ingest();
      assert.match(await tenant.waitsBecause('QuotaExceeded'), /exceeded quota: none/);
      await tenant.kubectl('delete', 'quota', 'none');
      await tenant.waitsBecause('Unschedulable');
    });
  }

  it('is reported, but not as an error, if it is the deletion of the namespace', async () => {
    const tenant = await makeTenant('ending');
    await tenant.apply(HOLDING_POD);
    await tenant.ingest({ suspend: true });
    await tenant.waitsBecause('Suspended');
    await plane.kubectl(['delete', 'namespace', 'ending', '--wait=false']);
    await tenant.patch({ suspend: false });
    assert.match(await tenant.waitsBecause('NamespaceTerminating'), /because it is being terminated/);
    assert.deepEqual(
      operator
        .lines()
        .filter(({ message, namespace }) => /reconcile failed/.test(String(message)) && namespace === 'ending'),
      [],
    );
    await tenant.kubectl('patch', 'pod', 'holding', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}');
    await plane.kubectl(['wait', '--for=delete', 'namespace/ending', '--timeout=180s']);
  });
});

describe('a changed installation', () => {
  it('has a waiting Job recreated with its new image', async () => {
    const tenant = await makeTenant('other-image');
    await tenant.ingest();
    await tenant.waitsBecause('Unschedulable');
    await operator.stop();
    operator = await startOperator(plane, kubeconfig, 'second', { MOTHERLOAD_RUNNER_IMAGE: 'right' });
    await tenant.job(({ spec }) => {
      const [{ image } = {}] = spec.template.spec['containers'] as { image?: string }[];
      assert.equal(image, 'right');
    });
    await tenant.waitsBecause('Unschedulable');
  });
});

describe('ttlSecondsAfterFinished', () => {
  const end = async (tenant: NodelessTenant) => {
    const time = new Date().toISOString();
    const complete = {
      type: 'Complete',
      status: 'True',
      reason: 'AllTablesLoaded',
      message: '',
      lastTransitionTime: time,
    };
    const status = { phase: 'Complete', completionTime: time, conditions: [complete] };
    await tenant.kubectl(
      'patch',
      'di',
      'nightly',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
  };

  it('is followed by deletion and an event', async () => {
    const tenant = await makeTenant('expiring');
    await tenant.ingest({ suspend: true, ttlSecondsAfterFinished: 3 });
    await tenant.waitsBecause('Suspended');
    await end(tenant);
    // The operator takes a changed status for one that it wrote itself; a changed spec is news.
    await tenant.patch({ suspend: false });
    await eventually('the end', 60, async () => assert.equal(await tenant.kubectl('get', 'di', '-o', 'name'), ''));
    await tenant.hasEvent('Expired');
  });
});
