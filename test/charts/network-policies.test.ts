import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { V1NetworkPolicyPeer } from '@kubernetes/client-node';
import { render } from './helm.ts';

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
