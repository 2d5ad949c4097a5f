import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import type { V1NetworkPolicyPeer, V1PodSpec, V1PolicyRule } from '@kubernetes/client-node';
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

describe('the NetworkPolicies of the chart', () => {
  it('are none by default', async () => {
    assert.deepEqual((await render()).all('NetworkPolicy'), []);
  });

  it('allow the operator egress to the apiserver and DNS, and ingress only to its port', async () => {
    const metricsFrom = [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }];
    const apiServer = { ports: [6443], cidrs: ['10.0.0.1/32', 'fd00::1/128'] };
    const rendered = await render({ networkPolicy: { enabled: true, metricsFrom, apiServer } });
    const { spec } = rendered.the('NetworkPolicy');
    assert(spec !== undefined);
    assert.deepEqual(spec.podSelector?.matchLabels, rendered.the('Deployment').spec?.selector.matchLabels);
    assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
    const [rule, ...others] = spec.ingress ?? [];
    assert.deepEqual([rule?.ports, others], [[{ port: 'http', protocol: 'TCP' }], []]);
    // The type of client-node has `_from`.
    const [monitoring, tests, ...more] = (rule as { from: V1NetworkPolicyPeer[] }).from;
    assert.deepEqual([monitoring, more], [metricsFrom[0], []]);
    const testLabels = rendered.the('Pod').metadata.labels;
    for (const [name, value] of Object.entries(tests?.podSelector?.matchLabels ?? { none: '' }))
      assert.equal(testLabels?.[name], value);
    assert.deepEqual(spec.egress, [
      DNS,
      { ports: [{ port: 6443, protocol: 'TCP' }], to: apiServer.cidrs.map((cidr) => ({ ipBlock: { cidr } })) },
    ]);
  });

  it('allow runner pods of the configured namespaces egress to PostgreSQL and DNS, and no ingress', async () => {
    const database = { ports: [5432, 6432], cidrs: ['10.1.0.0/16'] };
    const rendered = await render({
      networkPolicy: { runners: { enabled: true, namespaces: ['one', 'two'], database } },
    });
    assert.deepEqual(
      rendered.all('NetworkPolicy').map(({ metadata }) => metadata.namespace),
      ['one', 'two'],
    );
    for (const { spec } of rendered.all('NetworkPolicy')) {
      assert.deepEqual(spec?.podSelector?.matchLabels, {
        'app.kubernetes.io/name': 'motherload-runner',
        'app.kubernetes.io/managed-by': 'motherload',
      });
      assert.deepEqual([spec.policyTypes, spec.ingress], [['Ingress', 'Egress'], []]);
      const ports = database.ports.map((port) => ({ port, protocol: 'TCP' }));
      assert.deepEqual(spec.egress, [DNS, { ports, to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }]);
    }
  });

  it('find the DNS of the cluster where the values say it is', async () => {
    const to = [{ ipBlock: { cidr: '169.254.20.10/32' } }];
    const policies = { enabled: true, runners: { enabled: true, namespaces: ['one'] } };
    const egress = async (dns: object) =>
      (await render({ networkPolicy: { ...policies, dns } })).all('NetworkPolicy').map(({ spec }) => spec?.egress?.[0]);
    const ports = [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol })));
    assert.deepEqual(await egress({ ports: [53, 5353], to }), [
      { ports, to },
      { ports, to },
    ]);
    assert.deepEqual(await egress({ to: [] }), [{ ports: DNS.ports }, { ports: DNS.ports }], 'any address');
  });

  it('allow runner pods egress to buckets and servers with dumps where their ports are set', async () => {
    const source = { ports: [443, 9000], cidrs: ['10.2.0.0/16'] };
    const rendered = await render({ networkPolicy: { runners: { enabled: true, namespaces: ['one'], source } } });
    assert.deepEqual(rendered.the('NetworkPolicy').spec?.egress, [
      DNS,
      { ports: [{ port: 5432, protocol: 'TCP' }] },
      {
        ports: source.ports.map((port) => ({ port, protocol: 'TCP' })),
        to: [{ ipBlock: { cidr: '10.2.0.0/16' } }],
      },
    ]);
  });

  it('apply to runner pods in the watched namespaces by default, and need a list if all are watched', async () => {
    const runners = { networkPolicy: { runners: { enabled: true } } };
    const watched = await render({ ...runners, watchNamespaces: ['three'] });
    assert.deepEqual(
      watched.all('NetworkPolicy').map(({ metadata }) => metadata.namespace),
      ['three'],
    );
    await assert.rejects(render(runners), /set networkPolicy.runners.namespaces or watchNamespaces/);
  });
});

const DNS = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
};

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
