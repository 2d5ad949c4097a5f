import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readManifests } from '../../crds/contract/manifest.ts';
import { OPTIONS, readOptions, variableOf } from '../../operator/options.ts';
import { CHART, render, renderNotes, runHelm } from './helm.ts';
import { EVERYTHING, PLACEMENT } from './values.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the chart', () => {
  it('passes helm lint --strict, with defaults and with every option enabled', async () => {
    await runHelm(['lint', '--strict', CHART]);
    await runHelm(['lint', '--strict', CHART, '--values', '-'], EVERYTHING);
  });

  it('has the version in package.json', () => {
    const { version } = JSON.parse(readFileSync(join(CHART, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.match(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'), new RegExp(`^appVersion: ${version}$`, 'm'));
  });

  it('installs only the operator by default', async () => {
    const { objects } = await render();
    const kinds = objects.map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, [
      ...[
        'ClusterRole',
        'ClusterRole',
        'ClusterRole',
        'ClusterRoleBinding',
        'CustomResourceDefinition',
        'CustomResourceDefinition',
        'CustomResourceDefinition',
      ],
      ...['Deployment', 'Pod', 'Role', 'RoleBinding', 'Service', 'ServiceAccount'],
      ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
    ]);
  });

  it('passes each option to the operator in a form that it accepts', async () => {
    const values = {
      watchNamespaces: ['one', 'two'],
      allowHostPath: true,
      records: 'Shown',
      concurrency: 7,
      port: 9090,
      leaderElection: { leaseName: 'lease' },
    };
    const jobTemplate = { nodeSelector: { disk: 'ssd' }, activeDeadlineSeconds: 3600 };
    const { operator } = await render({
      ...values,
      runner: {
        ...{ jobTemplate, image: { pullPolicy: 'Always', tag: 'v1' } },
        ...{ allowedLabels: ['team', 'example.com/*'], allowedAnnotations: ['sidecar.istio.io/inject'] },
      },
    });
    const options = readOptions([], { ...operator.environment, POD_NAME: 'pod', POD_NAMESPACE: 'motherload-system' });
    assert.deepEqual([options.namespaces, options.concurrency, options.port], [['one', 'two'], 7, 9090]);
    assert.deepEqual(options.leaderElection, { namespace: 'motherload-system', name: 'lease', identity: 'pod' });
    const { runnerImage, imagePullPolicy, allowHostPath, records, jobTemplate: template } = options.jobs;
    assert.deepEqual([runnerImage, imagePullPolicy], ['motherload-runner:v1', 'Always']);
    assert.deepEqual([allowHostPath, records], [true, 'Shown']);
    const { allowedLabels, allowedAnnotations } = options.jobs;
    assert.deepEqual([allowedLabels, allowedAnnotations], [['team', 'example.com/*'], ['sidecar.istio.io/inject']]);
    assert.deepEqual([template.nodeSelector, template.activeDeadlineSeconds], [{ disk: 'ssd' }, 3600]);
    assert.deepEqual(template.resources?.limits, { memory: '512Mi' });
  });

  it('promises the oldest Kubernetes that it is tested with, and no older one', () => {
    const { kubeVersion } = load(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as { kubeVersion: string };
    const modules = readFileSync(join(CHART, '..', '..', 'test', 'cluster', 'kubernetes-oldest', 'go.mod'), 'utf8');
    const [, minor] = /k8s\.io\/kubernetes v1\.(\d+)\./.exec(modules) ?? [];
    assert.equal(kubeVersion, `>=1.${minor}.0-0`);
  });

  it('sets all options but those that a pod does not need', async () => {
    const { environment } = (await render({ metrics: { tls: { secretName: 'metrics' } } })).operator;
    const missing = Object.keys(OPTIONS).filter((name) => !(variableOf(name) in environment));
    assert.deepEqual(missing, ['leader-election-namespace', 'service-account-folder']);
    const { container } = (await render()).operator;
    const fields = container.env?.flatMap(({ name, valueFrom }) =>
      valueFrom?.fieldRef ? [`${name} ${valueFrom.fieldRef.fieldPath}`] : [],
    );
    assert.deepEqual(fields, ['POD_NAME metadata.name', 'POD_NAMESPACE metadata.namespace']);
  });

  it('passes text with template braces to the operator unchanged', async () => {
    const jobTemplate = { annotations: { 'example.com/text': '{{ .Values }} "quoted" \\ $(HOME)' } };
    const { environment } = (await render({ runner: { jobTemplate } })).operator;
    const given = JSON.parse(environment['MOTHERLOAD_JOB_TEMPLATE'] ?? '') as typeof jobTemplate;
    assert.deepEqual(given.annotations, { 'example.com/text': '{{ .Values }} "quoted" \\ $$(HOME)' });
  });

  it('names images by registry, repository and tag, or by digest if there is one', async () => {
    const image = { registry: 'registry.example.com:5000', repository: 'team/operator', tag: '1.2.3' };
    assert.equal((await render({ image })).operator.container.image, 'registry.example.com:5000/team/operator:1.2.3');
    const { operator } = await render({ image: { ...image, digest: DIGEST }, runner: { image: { digest: DIGEST } } });
    assert.equal(operator.container.image, `registry.example.com:5000/team/operator@${DIGEST}`);
    assert.equal(operator.environment['MOTHERLOAD_RUNNER_IMAGE'], `motherload-runner@${DIGEST}`);
  });

  it("probes the operator's health and readiness at the configured port", async () => {
    const { container } = (await render({ port: 9090 })).operator;
    assert.deepEqual(container.ports, [{ name: 'http', containerPort: 9090, protocol: 'TCP' }]);
    assert.deepEqual(
      [container.livenessProbe?.httpGet, container.readinessProbe?.httpGet],
      [
        { path: '/healthz', port: 'http' },
        { path: '/readyz', port: 'http' },
      ],
    );
  });

  it('runs as many replicas as configured, but never two without leader election', async () => {
    assert.equal((await render({ replicas: 3 })).the('Deployment').spec?.replicas, 3);
    const alone = await render({ leaderElection: { enabled: false } });
    assert.equal(alone.the('Deployment').spec?.strategy?.type, 'Recreate');
    assert.deepEqual(alone.all('Role'), []);
    await assert.rejects(
      render({ replicas: 2, leaderElection: { enabled: false } }),
      /set replicas: 1 or leaderElection.enabled: true/,
    );
  });

  it('applies the pod values to the pods', async () => {
    const { operator } = await render(PLACEMENT);
    const {
      nodeSelector,
      tolerations,
      affinity,
      priorityClassName,
      imagePullSecrets,
      topologySpreadConstraints,
      extraVolumes,
    } = PLACEMENT;
    const { pod, container, metadata } = operator;
    assert.deepEqual(
      {
        nodeSelector: pod.nodeSelector,
        tolerations: pod.tolerations,
        affinity: pod.affinity,
        priorityClassName: pod.priorityClassName,
      },
      { nodeSelector, tolerations, affinity, priorityClassName },
    );
    assert.deepEqual(
      [pod.imagePullSecrets, pod.volumes, container.volumeMounts],
      [imagePullSecrets, extraVolumes, PLACEMENT.extraVolumeMounts],
    );
    const [constraint] = pod.topologySpreadConstraints ?? [];
    assert.equal(constraint?.topologyKey, topologySpreadConstraints[0]?.topologyKey);
    assert.deepEqual(constraint?.labelSelector?.matchLabels, { 'app.kubernetes.io/instance': 'motherload' });
    assert.deepEqual(operator.environment['NODE_OPTIONS'], '--max-old-space-size=256');
    assert.equal(metadata.labels?.['team'], 'data');
    assert.equal(metadata.annotations?.['example.com/pod'], 'yes');
    assert.deepEqual(container.resources, PLACEMENT.resources);
  });

  it('puts common labels and annotations on every object, but not into selectors', async () => {
    const labels = { team: 'data', 'app.kubernetes.io/name': 'other' };
    const rendered = await render({
      ...EVERYTHING,
      commonLabels: labels,
      commonAnnotations: { 'example.com/owner': 'data' },
    });
    for (const { kind, metadata } of rendered.objects) {
      assert.equal(metadata.labels?.['team'], 'data', kind);
      assert.equal(metadata.labels['app.kubernetes.io/name'], 'motherload', kind);
      assert.equal(metadata.annotations?.['example.com/owner'], 'data', kind);
    }
    const { spec } = rendered.the('Deployment');
    assert.equal('team' in (spec?.selector.matchLabels ?? {}), false);
    assert.deepEqual(spec?.selector.matchLabels, rendered.the('Service').spec?.selector);
    for (const [name, value] of Object.entries(spec?.selector.matchLabels ?? {}))
      assert.equal(rendered.operator.metadata.labels?.[name], value);
  });

  it('names objects after the release, or as configured', async () => {
    const names = async (values: object, release: string) =>
      (await render(values, release)).the('Deployment').metadata.name;
    assert.equal(await names({}, 'motherload'), 'motherload');
    assert.equal(await names({}, 'nightly'), 'nightly-motherload');
    assert.equal(await names({ nameOverride: 'loads' }, 'nightly'), 'nightly-loads');
    assert.equal(await names({ fullnameOverride: 'loader' }, 'nightly'), 'loader');
    const long = await render(EVERYTHING, 'a'.repeat(53));
    // Names of Services and pods become DNS and host names; other names may have 253 characters.
    for (const { metadata } of [long.the('Service'), long.the('Pod')])
      assert((metadata.name?.length ?? 0) <= 63, metadata.name);
    for (const { metadata } of long.objects)
      assert(Object.values(metadata.labels ?? {}).every((value) => value.length <= 63));
  });

  it('installs CRDs that outlive the release, unless configured otherwise', async () => {
    const crds = (await render()).all('CustomResourceDefinition');
    assert.deepEqual(
      crds.map(({ metadata }) => metadata.name),
      ['dumpingestions', 'scheduleddumpingestions', 'tableingestions'].map((name) => `${name}.motherload.dev`),
    );
    for (const { metadata } of crds) assert.equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep');
    for (const { metadata } of (await render({ crds: { keep: false } })).all('CustomResourceDefinition'))
      assert.equal(metadata.annotations, undefined);
    assert.deepEqual((await render({ crds: { install: false } })).all('CustomResourceDefinition'), []);
  });

  it('protects the pods with a PodDisruptionBudget', async () => {
    const rendered = await render({ replicas: 2, podDisruptionBudget: { enabled: true, maxUnavailable: '50%' } });
    const { spec } = rendered.the('PodDisruptionBudget');
    assert.equal(spec?.maxUnavailable, '50%');
    assert.deepEqual(spec.selector?.matchLabels, rendered.the('Deployment').spec?.selector.matchLabels);
  });

  it('can use an existing ServiceAccount', async () => {
    const given = await render({ serviceAccount: { create: false, name: 'given' } });
    assert.deepEqual(given.all('ServiceAccount'), []);
    assert.equal(given.operator.pod.serviceAccountName, 'given');
    assert.deepEqual(
      given.the('ClusterRoleBinding').subjects?.map(({ name }) => name),
      ['given'],
    );
    await assert.rejects(render({ serviceAccount: { create: false } }), /serviceAccount.name is required/);
    const annotated = await render({ serviceAccount: { name: 'own', annotations: { 'example.com/a': 'b' } } });
    assert.deepEqual(annotated.the('ServiceAccount').metadata.annotations, { 'example.com/a': 'b' });
    assert.equal(annotated.the('ServiceAccount').metadata.name, 'own');
  });

  it("has a Service for the operator's port", async () => {
    const service = (await render({ service: { port: 80, annotations: { 'example.com/a': 'b' } } })).the('Service');
    assert.deepEqual(service.spec?.ports, [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }]);
    assert.deepEqual(service.metadata.annotations, { 'example.com/a': 'b' });
  });

  it('prints what to do next after the installation, with a valid manifest', async () => {
    const notes = await renderNotes();
    assert.match(notes, /DumpIngestions of all namespaces/);
    const [, manifest = ''] = /<<END\n(.*?)\n {2}END\n/s.exec(notes) ?? [];
    const { ingestions } = readManifests([{ name: 'NOTES.txt', text: manifest.replaceAll(/^ {2}/gm, '') }]);
    assert.equal(ingestions.length, 1);
    assert.doesNotMatch(notes, /crds\.|allowHostPath/);
    const other = await renderNotes({ watchNamespaces: ['one', 'two'], crds: { keep: false }, allowHostPath: true });
    assert.match(other, /namespaces one, two\./);
    assert.match(other, /deletes the CRDs/);
    assert.match(other, /allowHostPath is true/);
    assert.match(await renderNotes({ crds: { install: false } }), /crds.install is false/);
  });
});
