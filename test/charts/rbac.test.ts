import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import type { V1PolicyRule } from '@kubernetes/client-node';
import { CHART, render } from './helm.ts';
import { EVERYTHING } from './values.ts';

const [operatorRules, leaseRules, metricsRules] = [
  ...readFileSync(join(CHART, '..', '..', 'docs', 'rbac.md'), 'utf8').matchAll(/```yaml\n(.*?)```/gs),
].map(([, yaml = '']) => load(yaml) as V1PolicyRule[]);
const OPERATOR = [{ kind: 'ServiceAccount', name: 'motherload', namespace: 'motherload-system' }];

describe("the chart's RBAC", () => {
  it('grants the permissions of docs/rbac.md in all namespaces if all are watched', async () => {
    const rendered = await render();
    const { metadata, rules } =
      rendered.all('ClusterRole').find(({ metadata: { name } }) => name === 'motherload-system:motherload') ?? {};
    assert.deepEqual(rules, operatorRules);
    const binding = rendered.the('ClusterRoleBinding');
    assert.deepEqual(
      [binding.roleRef.kind, binding.roleRef.name, binding.subjects],
      ['ClusterRole', metadata?.name, OPERATOR],
    );
    assert.deepEqual(rendered.the('Role').rules, leaseRules);
    assert.equal(rendered.the('Role').metadata.namespace, 'motherload-system');
    assert.deepEqual(rendered.the('RoleBinding').subjects, OPERATOR);
  });

  it('grants the permissions of docs/rbac.md in each watched namespace, and nowhere else', async () => {
    const rendered = await render({ watchNamespaces: ['one', 'two'], rbac: { aggregate: false } });
    assert.deepEqual([rendered.all('ClusterRole'), rendered.all('ClusterRoleBinding')], [[], []]);
    const rules = rendered.all('Role').map((role) => [role.metadata.namespace, role.rules]);
    assert.deepEqual(rules, [
      ['one', operatorRules],
      ['two', operatorRules],
      ['motherload-system', leaseRules],
    ]);
    for (const { metadata, roleRef, subjects } of rendered.all('RoleBinding')) {
      const role = rendered.all('Role').find((one) => one.metadata.namespace === metadata.namespace);
      assert.deepEqual([roleRef.kind, roleRef.name, subjects], ['Role', role?.metadata.name, OPERATOR]);
    }
  });

  it('lets the operator ask about tokens only if it must, also if it watches single namespaces', async () => {
    const metrics = { tls: { secretName: 'certificate' }, authentication: { enabled: true } };
    const rendered = await render({ metrics, watchNamespaces: ['one'], rbac: { aggregate: false } });
    assert.deepEqual(
      rendered.all('ClusterRole').map(({ metadata, rules }) => [metadata.name, rules]),
      [
        ['motherload-system:motherload-metrics-authentication', metricsRules],
        ['motherload-system:motherload-metrics-reader', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]],
      ],
    );
    const { roleRef, subjects } = rendered.the('ClusterRoleBinding');
    assert.deepEqual([roleRef.name, subjects], ['motherload-system:motherload-metrics-authentication', OPERATOR]);
  });

  it('lets users of a namespace view and edit DumpIngestions through their roles, but not write a status', async () => {
    const roles = (await render())
      .all('ClusterRole')
      .filter(({ metadata }) => metadata.name !== 'motherload-system:motherload');
    const aggregated = roles.map(({ metadata, rules }) => {
      const labels = Object.keys(metadata.labels ?? {}).filter((name) => name.includes('aggregate-to'));
      return [labels.map((name) => name.replace('rbac.authorization.k8s.io/aggregate-to-', '')).sort(), rules];
    });
    const apiGroups = ['motherload.dev'];
    assert.deepEqual(aggregated, [
      [
        ['admin', 'edit', 'view'],
        [
          {
            apiGroups,
            resources: ['dumpingestions', 'scheduleddumpingestions', 'tableingestions'],
            verbs: ['get', 'list', 'watch'],
          },
        ],
      ],
      [
        ['admin', 'edit'],
        [
          {
            apiGroups,
            resources: ['dumpingestions', 'scheduleddumpingestions'],
            verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
          },
        ],
      ],
    ]);
    assert.equal((await render({ rbac: { aggregate: false } })).all('ClusterRole').length, 1);
  });

  it('creates nothing if rbac.create is false', async () => {
    const rendered = await render({ rbac: { create: false } });
    assert.deepEqual([rendered.all('Role'), rendered.all('ClusterRole'), rendered.all('RoleBinding')], [[], [], []]);
  });

  it('contains no wildcard and no Secrets, with any options', async () => {
    for (const values of [EVERYTHING, { ...EVERYTHING, watchNamespaces: ['one'] }]) {
      const rendered = await render(values);
      for (const { rules = [] } of [...rendered.all('Role'), ...rendered.all('ClusterRole')]) {
        for (const { apiGroups = [], resources = [], verbs } of rules) {
          for (const word of [...apiGroups, ...resources, ...verbs])
            assert.doesNotMatch(word, /\*|secrets|configmaps|serviceaccounts|impersonate|escalate|bind/);
        }
      }
    }
  });
});
