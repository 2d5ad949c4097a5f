import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRICS, type MetricName } from '../../operator/engine/metrics.ts';
import { render } from './helm.ts';

interface Dashboard {
  panels: { title: string; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string }[] }[];
}

describe("the chart's monitoring", () => {
  it('is disabled by default, since not every cluster has its CRDs', async () => {
    const rendered = await render();
    assert.deepEqual(
      [rendered.all('ServiceMonitor'), rendered.all('PrometheusRule'), rendered.all('ConfigMap')],
      [[], [], []],
    );
  });

  it('has a ServiceMonitor that selects the Service and its port', async () => {
    const labels = { release: 'prometheus', 'app.kubernetes.io/name': 'other' };
    const serviceMonitor = { enabled: true, labels, interval: '15s', scrapeTimeout: '5s' };
    const rendered = await render({ metrics: { serviceMonitor } });
    const { spec, metadata } = rendered.the('ServiceMonitor');
    assert.deepEqual(
      [metadata.labels?.['release'], metadata.labels?.['app.kubernetes.io/name']],
      ['prometheus', 'motherload'],
    );
    assert.deepEqual(spec.endpoints, [{ port: 'http', path: '/metrics', interval: '15s', scrapeTimeout: '5s' }]);
    const service = rendered.the('Service');
    for (const [name, value] of Object.entries(spec.selector?.matchLabels ?? { none: '' }))
      assert.equal(service.metadata.labels?.[name], value);
  });

  it('scrapes by https with the authority of the Secret, and with a token where one is required', async () => {
    const endpoint = async (metrics: object) =>
      (await render({ metrics: { serviceMonitor: { enabled: true }, ...metrics } })).the('ServiceMonitor').spec
        .endpoints?.[0];
    const byTls = {
      ...{ port: 'metrics', path: '/metrics', scheme: 'https' },
      tlsConfig: {
        serverName: 'motherload.motherload-system.svc',
        ca: { secret: { name: 'certificate', key: 'ca.crt' } },
      },
    };
    const tls = { secretName: 'certificate' };
    assert.deepEqual(await endpoint({ tls }), byTls);
    assert.deepEqual(await endpoint({ tls, authentication: { enabled: true } }), {
      ...byTls,
      bearerTokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    });
    const tlsConfig = { insecureSkipVerify: true };
    assert.deepEqual(await endpoint({ tls, serviceMonitor: { enabled: true, tlsConfig } }), { ...byTls, tlsConfig });
  });

  it('gives the certificate of cert-manager, or your own, to the operator', async () => {
    const issuerRef = { kind: 'ClusterIssuer', name: 'internal' };
    const issued = await render({ metrics: { tls: { issuerRef } } });
    const certificate = issued.the('Certificate');
    assert.deepEqual(certificate.spec, {
      ...{ secretName: 'motherload-metrics', dnsNames: ['motherload.motherload-system.svc'], issuerRef },
    });
    const secretOf = ({ operator }: typeof issued) => operator.pod.volumes?.[0]?.secret?.secretName;
    assert.equal(secretOf(issued), 'motherload-metrics');
    const own = await render({ metrics: { tls: { secretName: 'own' } } });
    assert.deepEqual([secretOf(own), own.all('Certificate')], ['own', []]);
    for (const { operator } of [issued, own]) {
      assert.equal(
        operator.environment['MOTHERLOAD_METRICS_CERTIFICATE_FOLDER'],
        operator.container.volumeMounts?.[0]?.mountPath,
      );
      assert.deepEqual(
        operator.container.ports?.map(({ name, containerPort }) => [name, containerPort]),
        [
          ['http', 8080],
          ['metrics', 8443],
        ],
      );
    }
    assert.deepEqual(
      own.the('Service').spec?.ports?.map(({ name, port }) => [name, port]),
      [
        ['http', 8080],
        ['metrics', 8443],
      ],
    );
  });

  it('has alerts on existing metrics', async () => {
    const rule = (
      await render({ metrics: { prometheusRule: { enabled: true, labels: { release: 'prometheus' } } } })
    ).the('PrometheusRule');
    assert.equal(rule.metadata.labels?.['release'], 'prometheus');
    const rules = rule.spec.groups?.flatMap((group) => group.rules) ?? [];
    assert.deepEqual(
      rules.map(({ alert }) => alert),
      [
        ...['MotherloadIngestionFailed', 'MotherloadLoadsStalled'],
        ...['MotherloadScheduleLate', 'MotherloadScheduleInvalid', 'MotherloadHasNoLeader'],
        ...['MotherloadReconcilesFailing', 'MotherloadQueueStalled', 'MotherloadWatchesFailing'],
        'MotherloadNamespaceTooLarge',
      ],
    );
    for (const { alert, expr } of rules) assertKnown(alert, expr);
  });

  it('has a dashboard of all existing metrics, in panels that do not overlap', async () => {
    const dashboard = { enabled: true, namespace: 'monitoring', annotations: { grafana_folder: 'Databases' } };
    const { data, metadata } = (await render({ metrics: { dashboard } })).the('ConfigMap');
    assert.deepEqual(
      [metadata.namespace, metadata.labels?.['grafana_dashboard'], metadata.annotations],
      ['monitoring', '1', dashboard.annotations],
    );
    const { panels } = JSON.parse(data?.['motherload.json'] ?? '') as Dashboard;
    const used = panels.flatMap(({ title, targets }) => targets.flatMap(({ expr }) => assertKnown(title, expr)));
    assert.deepEqual([...new Set(used)].sort(), Object.keys(METRICS).sort());
    const cells = panels.flatMap(({ gridPos: { x, y, w } }) =>
      Array.from({ length: w }, (_, column) => `${x + column},${y}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    assert(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  });
});

/** The metrics of a query; checks that they and their labels exist. */
function assertKnown(where: string, expression: string): MetricName[] {
  const names = [...expression.matchAll(/\b(?:motherload|process)_[a-z_]+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  assert(names.length > 0, `${where}: ${expression} has no metric`);
  for (const name of names) assert(Object.hasOwn(METRICS, name), `${where}: there is no metric ${name}`);
  const known = new Set(['le', 'instance', ...names.flatMap((name) => METRICS[name as MetricName].labels)]);
  const grouped = [...expression.matchAll(/\b(?:by|on) \((.*?)\)|(\w+)=~?"/g)].flatMap(([, by = '', label = '']) => [
    ...by.split(', '),
    label,
  ]);
  for (const label of grouped.filter((one) => one !== ''))
    assert(known.has(label), `${where}: no metric of ${expression} has a label ${label}`);
  return names as MetricName[];
}
