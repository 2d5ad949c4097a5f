import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../cluster/commands.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { definitionsEstablished, startOperator } from '../cluster/operator-process.ts';
import { CHART, render, runHelm } from './helm.ts';
import { EVERYTHING } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-chart-'));
const SYSTEM = 'motherload-system';
const quickstart = join(CHART, '..', '..', 'examples', 'quickstart.yaml');
let plane: ControlPlane;

before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  for (const namespace of [SYSTEM, 'one', 'two']) await plane.kubectl(['create', 'namespace', namespace]);
  await plane.kubectl(['label', 'namespace', SYSTEM, 'pod-security.kubernetes.io/enforce=restricted']);
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs Helm against the test's apiserver, with values from a file. */
function helm(parameters: readonly string[], values: object = {}): Promise<string> {
  const file = join(folder, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const takesValues = parameters[0] === 'install' || parameters[0] === 'upgrade';
  const common = ['--namespace', SYSTEM, '--kubeconfig', plane.kubeconfig];
  return runHelm([...parameters, ...common, ...(takesValues ? ['--values', file] : [])]);
}
const uninstall = (release = 'motherload') => helm(['uninstall', release]);
const names = async (kind: string) =>
  (await plane.kubectl(['-n', SYSTEM, 'get', kind, '-o', 'name'])).split('\n').filter((name) => name !== '');
const motherloadCrds = async () => (await names('crd')).filter((name) => name.endsWith('.motherload.dev'));
const annotation = (name: string, key: string) =>
  plane.kubectl(['get', 'crd', name, '-o', `jsonpath={.metadata.annotations.${key.replaceAll('.', '\\.')}}`]);

/** Whether the user has this permission, according to `kubectl auth can-i`. */
async function may(user: string, ...action: string[]): Promise<boolean> {
  const answer = await plane
    .kubectl(['auth', 'can-i', '--as', user, ...action])
    .catch((error: unknown) => String(error));
  assert.match(answer, /^(yes|no)\b/m);
  return /^yes/m.test(answer);
}
const OPERATOR = `system:serviceaccount:${SYSTEM}:motherload`;

/** The apiserver learns of roles and their bindings a moment after they are written. */
async function becomes(is: boolean, user: string, ...action: string[]): Promise<void> {
  await eventually(`${user}: ${action.join(' ')}`, 60, async () => assert.equal(await may(user, ...action), is));
}

describe('the chart in a real apiserver', () => {
  it('has no unknown fields, with every option enabled', async () => {
    const rendered = await render(EVERYTHING);
    const objects = rendered.objects.filter(({ kind }) => kind !== 'ServiceMonitor' && kind !== 'PrometheusRule');
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const applied = await plane.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      list,
    );
    assert.equal(applied.trim().split('\n').length, objects.length);
    assert.match(await helm(['install', 'motherload', CHART, '--dry-run=server']), /NOTES:/);
  });

  it('grants the operator exactly the permissions that it needs, in all namespaces', async () => {
    await helm(['install', 'motherload', CHART]);
    await definitionsEstablished(plane);
    await becomes(true, OPERATOR, 'create', 'jobs.batch', '-n', 'one');
    await becomes(true, OPERATOR, 'patch', 'dumpingestions.motherload.dev', '--subresource=status', '-n', 'two');
    await becomes(true, OPERATOR, 'update', 'leases.coordination.k8s.io', '-n', SYSTEM);
    for (const denied of [
      'get secrets',
      'list configmaps',
      'create pods',
      'delete pods',
      'update leases.coordination.k8s.io',
    ]) {
      assert.equal(await may(OPERATOR, ...denied.split(' '), '-n', 'one'), false, denied);
    }
    assert.equal(await may(OPERATOR, 'get', 'secrets', '-n', SYSTEM), false);
    const pods = () => plane.kubectl(['-n', SYSTEM, 'get', 'pods', '-o', 'name']);
    // A pod that violates the restricted standard would never be created.
    await eventually('the pod of the Deployment', 120, async () => assert.match(await pods(), /pod\/motherload-/));
  });

  it('lets users of a namespace use DumpIngestions through the default user-facing roles', async () => {
    for (const role of ['view', 'edit'])
      await plane.kubectl(['-n', 'one', 'create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}er`]);
    const resource = ['dumpingestions.motherload.dev', '-n', 'one'];
    await becomes(true, 'editer', 'create', ...resource);
    await becomes(true, 'viewer', 'list', 'tableingestions.motherload.dev', '-n', 'one');
    assert.equal(await may('viewer', 'create', ...resource), false);
    assert.equal(await may('editer', 'patch', ...resource, '--subresource=status'), false);
    assert.equal(await may('editer', 'create', 'dumpingestions.motherload.dev', '-n', 'two'), false);
  });

  it('leaves CRDs and DumpIngestions behind, and adopts them when it is installed again', async () => {
    await plane.kubectl(['-n', 'one', 'apply', '-f', quickstart]);
    await uninstall();
    assert.deepEqual(await names('deployments,services,serviceaccounts,roles,rolebindings'), [
      'serviceaccount/default',
    ]);
    assert.equal((await motherloadCrds()).length, 3);
    assert.match(await plane.kubectl(['-n', 'one', 'get', 'dumpingestions', '-o', 'name']), /quickstart/);
    await helm(['install', 'motherload', CHART]);
    await uninstall();
  });

  it('rejects CRDs of another release unless --take-ownership is set', async () => {
    await assert.rejects(helm(['install', 'other', CHART]), /invalid ownership metadata/);
    await helm(['install', 'other', CHART, '--take-ownership']);
    assert.equal(await annotation('dumpingestions.motherload.dev', 'meta.helm.sh/release-name'), 'other');
    await uninstall('other');
    await helm(['install', 'motherload', CHART, '--take-ownership']);
  });

  it('upgrades the CRDs with the release, and does not change DumpIngestions', async () => {
    const older = join(folder, 'older');
    cpSync(CHART, older, { recursive: true });
    const crd = join(older, 'templates', 'crds', 'dumpingestion.yaml');
    const text = readFileSync(crd, 'utf8');
    assert(text.includes('shortNames: [di]'));
    writeFileSync(crd, text.replace('shortNames: [di]', 'shortNames: [old]'));
    await helm(['upgrade', 'motherload', older]);
    const shortNames = () =>
      plane.kubectl(['get', 'crd', 'dumpingestions.motherload.dev', '-o', 'jsonpath={.spec.names.shortNames}']);
    assert.equal(await shortNames(), '["old"]');
    await helm(['upgrade', 'motherload', CHART, '--reset-values'], {
      replicas: 2,
      podDisruptionBudget: { enabled: true },
    });
    assert.equal(await shortNames(), '["di"]');
    assert.match(await plane.kubectl(['-n', 'one', 'get', 'dumpingestions', '-o', 'name']), /quickstart/);
    assert.equal(
      await plane.kubectl(['-n', SYSTEM, 'get', 'deployment', 'motherload', '-o', 'jsonpath={.spec.replicas}']),
      '2',
    );
    assert.match(await plane.kubectl(['-n', SYSTEM, 'get', 'pdb', '-o', 'name']), /motherload/);
    await helm(['rollback', 'motherload', '1']);
    assert.equal(await plane.kubectl(['-n', SYSTEM, 'get', 'pdb', '-o', 'name']), '');
  });

  it('lets the operator watch two namespaces with permissions only in these', async () => {
    const values = { watchNamespaces: ['one', 'two'], port: 8081, rbac: { aggregate: false } };
    await helm(['upgrade', 'motherload', CHART], values);
    assert.deepEqual(
      (await names('clusterroles')).filter((name) => name.includes('motherload')),
      [],
    );
    // The former rights are gone, and the new ones are there.
    await becomes(false, OPERATOR, 'list', 'jobs.batch', '-n', 'default');
    for (const namespace of ['one', 'two']) await becomes(true, OPERATOR, 'list', 'jobs.batch', '-n', namespace);
    await becomes(true, OPERATOR, 'update', 'leases.coordination.k8s.io', '-n', SYSTEM);
    const { environment } = (await render(values)).operator;
    const given = Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const operator = await startOperator(plane, await operatorKubeconfig(), 'alone', {
      ...given,
      MOTHERLOAD_PORT: '0',
    });
    try {
      await eventually('the catalogue Job', 60, async () => {
        assert.match(await plane.kubectl(['-n', 'one', 'get', 'jobs', '-o', 'name']), /quickstart/);
      });
      assert.match((await operator.ask('/metrics')).text, /^motherload_leader 1$/m);
      const holder = ['-n', SYSTEM, 'get', 'lease', 'motherload', '-o', 'jsonpath={.spec.holderIdentity}'];
      assert.equal(await plane.kubectl(holder), 'alone');
      assert.doesNotMatch((await operator.ask('/metrics')).text, /code="403"/);
    } finally {
      await operator.stop();
    }
  });

  it('stops managing the CRDs in an upgrade, and deletes them only if crds.keep is false', async () => {
    await helm(['upgrade', 'motherload', CHART], { crds: { install: false } });
    assert.equal((await motherloadCrds()).length, 3);
    await helm(['upgrade', 'motherload', CHART, '--take-ownership'], { crds: { keep: false } });
    assert.equal(await annotation('dumpingestions.motherload.dev', 'helm.sh/resource-policy'), '');
    await uninstall();
    await eventually('the end of the CRDs', 120, async () => assert.deepEqual(await motherloadCrds(), []));
  });
});

/** A kubeconfig with the permissions of the release's ServiceAccount. */
async function operatorKubeconfig(): Promise<string> {
  const token = await plane.kubectl(['-n', SYSTEM, 'create', 'token', 'motherload', '--duration=1h']);
  const config = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as { users: { name: string }[] };
  const file = join(folder, 'operator.kubeconfig');
  const users = config.users.map(({ name }) => ({ name, user: { token: token.trim() } }));
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}
