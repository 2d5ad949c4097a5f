import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node';
import { buildJob } from '../../operator/build/job.ts';
import { eventually } from '../cluster/commands.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { ingestion } from '../operator/fixtures.ts';
import { CATALOGUE, FINISH, LOAD, SETTINGS, users } from '../operator/build/jobs.ts';
import { render } from './helm.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-policy-'));
const OPERATOR = 'system:serviceaccount:motherload-system:motherload';
const settings = { ...SETTINGS, runnerImage: 'motherload-runner:0.1.0' };
let plane: ControlPlane;

before(async () => {
  plane = await startControlPlane({ folder });
  const rights = ['--verb=create,update,get', '--resource=jobs.batch'];
  await plane.kubectl(['create', 'clusterrole', 'jobs', ...rights]);
  for (const user of [OPERATOR, 'somebody'])
    await plane.kubectl([
      'create',
      'clusterrolebinding',
      user.replaceAll(':', '-'),
      '--clusterrole=jobs',
      `--user=${user}`,
    ]);
  const { objects } = await render({ admissionPolicy: { images: ['mirror.example/motherload-runner:*'] } });
  const items = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  assert.equal(items.length, 2);
  await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  // A policy takes effect some time after it was created.
  await eventually('the policy', 120, async () => {
    await assert.rejects(create(bare()), /must be owned by a DumpIngestion/);
  });
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks the apiserver, without effect. */
function create(job: V1Job, user = OPERATOR): Promise<string> {
  return plane.kubectl(['create', '--dry-run=server', '-f', '-', `--as=${user}`], JSON.stringify(job));
}

/** A Job that any user may create. */
function bare(): V1Job {
  return changed((_, __, { metadata }) => delete metadata?.ownerReferences);
}

const catalogue = () => buildJob(ingestion(), CATALOGUE, settings);

function changed(change: (pod: V1PodSpec, container: V1Container, job: V1Job) => void): V1Job {
  const job = structuredClone(catalogue());
  const pod = job.spec?.template.spec ?? assert.fail();
  change(pod, pod.containers[0] ?? assert.fail(), job);
  return job;
}

describe("the policy for the operator's Jobs, in a real apiserver", () => {
  it("admits the operator's Jobs of every kind, with every field that a manifest may set", async () => {
    const batch = {
      kind: 'LoadBatch',
      tables: [
        { name: 'a', spec: users },
        { name: 'b', spec: users },
      ],
    } as const;
    for (const work of [CATALOGUE, LOAD, batch, FINISH])
      assert.match(await create(buildJob(ingestion(), work, settings)), /created \(server dry run\)/);
    const spec =
      'target: { databaseSecretRef: { name: database }, tls: { caConfigMapRef: { name: authority }, certificateSecretRef: { name: client } } }\nqueueName: loads\njobTemplate: { serviceAccountName: loader, priorityClassName: low, nodeSelector: { disk: ssd } }';
    await create(buildJob(ingestion({}, { spec }), LOAD, settings));
  });

  it('admits the images of the installation, and no other', async () => {
    await create(changed((_, container) => (container.image = 'mirror.example/motherload-runner:0.1.0')));
    for (const image of ['busybox', 'motherload-runner:0.1.0-other', 'mirror.example/other'])
      await assert.rejects(create(changed((_, container) => (container.image = image))), /must have the image/);
  });

  const stolen: [string, RegExp, Parameters<typeof changed>[0]][] = [
    ['a command', /only container of its pod, with the command/, (_, container) => (container.command = ['sh'])],
    ['arguments', /with the command of its image/, (_, container) => (container.args = ['-e', '1'])],
    [
      'a hook',
      /with the command/,
      (_, container) => (container.lifecycle = { preStop: { exec: { command: ['sh'] } } }),
    ],
    [
      'another container',
      /only container/,
      (pod, container) => pod.containers.push(Object.assign(structuredClone(container), { name: 'two' })),
    ],
    [
      'an init container',
      /only container/,
      (pod, container) => (pod.initContainers = [Object.assign(structuredClone(container), { name: 'two' })]),
    ],
    [
      'variables of Node',
      /gets its Secrets as files/,
      (_, { env }) => env?.push({ name: 'NODE_OPTIONS', value: '-r /a' }),
    ],
    [
      'a Secret as a variable',
      /as files/,
      (_, { env }) => env?.push({ name: 'MOTHERLOAD_A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }),
    ],
    ['Secrets as variables', /as files/, (_, container) => (container.envFrom = [{ secretRef: { name: 'a' } }])],
    ['a token', /no token of its ServiceAccount/, (pod) => (pod.automountServiceAccountToken = true)],
    ['no word about the token', /no token/, (pod) => delete pod.automountServiceAccountToken],
    [
      'a projected token',
      /no token/,
      (pod) =>
        pod.volumes?.push({ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
    ],
    [
      'a folder of the node',
      /nothing of its node, unless allowHostPath/,
      (pod) => pod.volumes?.push({ name: 'host', hostPath: { path: '/' } }),
    ],
    ["the node's network", /nothing of its node/, (pod) => (pod.hostNetwork = true)],
    ["the node's processes", /nothing of its node/, (pod) => (pod.hostPID = true)],
    [
      'more rights',
      /restricted pod security standard/,
      (_, container) => (container.securityContext = { privileged: true }),
    ],
    ['root', /restricted/, (_, { securityContext }) => Object.assign(securityContext ?? {}, { runAsUser: 0 })],
    [
      'a writable root file system',
      /read-only root/,
      (_, { securityContext }) => Object.assign(securityContext ?? {}, { readOnlyRootFilesystem: false }),
    ],
    ['no security context', /restricted/, (pod) => delete pod.securityContext],
    [
      "other pods' labels",
      /by which NetworkPolicies select them/,
      (_, __, { spec }) => Object.assign(spec?.template.metadata ?? {}, { labels: { app: 'web' } }),
    ],
    [
      'another owner',
      /must be owned by a DumpIngestion/,
      (_, __, { metadata }) => Object.assign(metadata?.ownerReferences?.[0] ?? {}, { kind: 'Deployment' }),
    ],
  ];
  for (const [what, message, change] of stolen) {
    it(`refuses a Job with ${what}`, () => assert.rejects(create(changed(change)), message));
  }

  it('says nothing about the Jobs of others', async () => {
    await create(
      changed((_, container) => (container.image = 'busybox')),
      'somebody',
    );
  });
});
