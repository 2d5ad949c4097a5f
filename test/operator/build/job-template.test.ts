import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { V1PodSpec } from '@kubernetes/client-node';
import { readJobTemplate, readManifests } from '../../../crds/contract/manifest.ts';
import { buildJob } from '../../../operator/build/job.ts';
import { templateDigest, type JobSettings } from '../../../operator/build/job-template.ts';
import { FULL_TEMPLATE } from '../../crds/contract/full-template.ts';
import { ingestion, omit } from '../fixtures.ts';
import { ALL, LOAD, parts, SETTINGS } from './jobs.ts';

/** A field of the Job template: its value in the installation, in the manifest, and in the Job. */
const FIELDS: [field: string, installation: string, manifest: string, expected: unknown][] = [
  ['resources', '{ limits: { memory: 1Gi } }', '', { limits: { memory: '1Gi' } }],
  ['resources', '{ limits: { memory: 1Gi } }', '{ requests: { cpu: 2 } }', { requests: { cpu: '2' } }],
  ['nodeSelector', '{ disk: fast, zone: a }', '{ disk: slow }', { disk: 'slow' }],
  ['tolerations', '[{ operator: Exists }]', '[]', []],
  ['tolerations', '', '[{ key: spot, operator: Exists }]', [{ key: 'spot', operator: 'Exists' }]],
  ['affinity', '{ nodeAffinity: {} }', '{ podAntiAffinity: {} }', { podAntiAffinity: {} }],
  [
    'topologySpreadConstraints',
    '[{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule }]',
    '',
    [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  ],
  ['priorityClassName', 'low', 'high', 'high'],
  ['serviceAccountName', 'loader', '', 'loader'],
  ['imagePullSecrets', '[{ name: ours }]', '[{ name: theirs }]', [{ name: 'theirs' }]],
  ['activeDeadlineSeconds', '60', '120', 120],
  ['activeDeadlineSeconds', '', '', undefined],
  ['ttlSecondsAfterFinished', '600', '', 600],
  ['ttlSecondsAfterFinished', '600', '60', 60],
];

describe('the Job template', () => {
  for (const [field, installation, manifest, expected] of FIELDS) {
    const setOrNot = (where: string, value: string) =>
      value === '' ? `not set in the ${where}` : `${value} in the ${where}`;
    it(`merges ${field}, ${setOrNot('installation', installation)} and ${setOrNot('manifest', manifest)}`, () => {
      const jobTemplate = readJobTemplate(installation === '' ? '{}' : `{ ${field}: ${installation} }`);
      const more = manifest === '' ? '' : `jobTemplate: { ${field}: ${manifest} }`;
      const { spec, pod, container } = parts(LOAD, more, { jobTemplate });
      const values = [spec, pod, container].map(
        (part) => Object.entries(part).find(([name]) => name === field)?.[1] as unknown,
      );
      assert.deepEqual(
        values.find((value) => value !== undefined),
        expected,
      );
    });
  }

  it('adds labels and annotations to Jobs and pods: the manifest overrides the installation, Motherload overrides both', () => {
    // Labels that the CRD rejects must not have an effect here either.
    const labels = { team: 'a', cost: '1', 'motherload.dev/task': 'Finish', 'app.kubernetes.io/name': 'x' };
    const settings = { jobTemplate: { labels, annotations: { a: '1', b: '1' } } };
    const { job, spec } = parts(LOAD, 'jobTemplate: { labels: { team: b }, annotations: { b: "2" } }', settings);
    for (const metadata of [job.metadata, spec.template.metadata]) {
      assert.equal(metadata?.labels?.['team'], 'b');
      assert.equal(metadata.labels['cost'], '1');
      assert.equal(metadata.labels['motherload.dev/task'], 'Load');
      assert.equal(metadata.labels['app.kubernetes.io/name'], 'motherload-runner');
      assert.deepEqual(metadata.annotations, { a: '1', b: '2' });
    }
  });

  it('refuses labels and annotations that the installation does not allow, which may be what gives a pod an identity', () => {
    const settings = { allowedLabels: ['team', 'example.com/*'], allowedAnnotations: ['sidecar.istio.io/inject'] };
    const build = (template: string) => parts(LOAD, `jobTemplate: { ${template} }`, settings);
    build('labels: { team: a, example.com/cost: b }, annotations: { sidecar.istio.io/inject: "false" }');
    for (const label of ['azure.workload.identity/use', 'teams', 'other.example.com/a', 'example.com'])
      assert.throws(() => build(`labels: { ${label}: a }`), {
        code: 'MetadataNotAllowed',
        message: `spec.jobTemplate.labels: ${label} is not allowed by this installation; remove it, or ask the administrator to add it to runner.allowedLabels in the chart`,
      });
    for (const annotation of ['vault.hashicorp.com/agent-inject', 'k8s.v1.cni.cncf.io/networks', 'team'])
      assert.throws(() => build(`annotations: { ${annotation}: a }`), /runner\.allowedAnnotations in the chart$/);
  });

  it('does not refuse those that the installation sets itself', () => {
    const jobTemplate = { labels: { team: 'a' }, annotations: { 'vault.hashicorp.com/role': 'loads' } };
    const { job } = parts(LOAD, '', { allowedLabels: [], allowedAnnotations: [], jobTemplate });
    assert.deepEqual(job.metadata?.annotations, jobTemplate.annotations);
  });

  it('sets each of its fields and keeps everything that makes a pod restricted', () => {
    const [manifest] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    const full = { ...ingestion(), spec: manifest?.spec ?? assert.fail('no manifest') };
    const { affinity, nodeSelector, tolerations, topologySpreadConstraints } = full.spec.jobTemplate;
    const { priorityClassName, serviceAccountName, imagePullSecrets } = full.spec.jobTemplate;
    const expected = {
      affinity,
      nodeSelector,
      tolerations,
      topologySpreadConstraints,
      priorityClassName,
      serviceAccountName,
      imagePullSecrets,
    };
    for (const work of ALL) {
      const { pod: plain } = parts(work);
      const pod: V1PodSpec = buildJob(full, work, SETTINGS).spec?.template.spec ?? assert.fail('no pod');
      assert.deepEqual(
        pod.containers.map((container) => omit(container, 'resources')),
        plain.containers.map((container) => omit(container, 'resources')),
      );
      assert.deepEqual(omit(pod, 'containers'), { ...omit(plain, 'containers'), ...expected });
    }
  });

  it('ignores all other fields, even of a resource that was never validated', () => {
    const invalid = {
      jobTemplate: { hostNetwork: true, securityContext: {}, containers: [] } as JobSettings['jobTemplate'],
    };
    assert.deepEqual(parts(LOAD, '', invalid).pod, parts(LOAD, '', { jobTemplate: {} }).pod);
  });
});

describe('templateDigest', () => {
  const digest = (spec = '', settings: Partial<JobSettings> = {}) =>
    templateDigest(ingestion({}, { spec }), { ...SETTINGS, ...settings });

  it('changes with everything in manifest and installation that changes a Job', () => {
    const digests = [
      digest(),
      digest('jobTemplate: { labels: { a: b } }'),
      digest('queueName: loads'),
      digest('', { runnerImage: 'another' }),
      digest('', { imagePullPolicy: 'Always' }),
      digest('', { jobTemplate: {} }),
    ];
    assert.equal(new Set(digests).size, digests.length);
  });

  it('is the same for the same Job, whether manifest or installation sets a field', () => {
    const resources = 'resources: { requests: { cpu: 500m, memory: 192Mi }, limits: { memory: 512Mi } }';
    for (const spec of [
      'suspend: true',
      'loading: { maxParallelJobs: 9 }',
      'ttlSecondsAfterFinished: 9',
      `jobTemplate: { ${resources} }`,
    ]) {
      assert.equal(digest(spec), digest());
    }
  });
});

describe('buildJob with a queue', () => {
  it('suspends and labels each Job, but does not label its pods', () => {
    for (const work of ALL) {
      const { job, spec } = parts(work, 'queueName: loads');
      assert.equal(spec.suspend, true);
      assert.equal(job.metadata?.labels?.['kueue.x-k8s.io/queue-name'], 'loads');
      assert.equal(spec.template.metadata?.labels?.['kueue.x-k8s.io/queue-name'], undefined);
    }
  });

  it('neither suspends nor labels a Job if the manifest names no queue', () => {
    const { job, spec } = parts(LOAD);
    assert.equal('suspend' in spec, false);
    assert.equal(job.metadata?.labels?.['kueue.x-k8s.io/queue-name'], undefined);
  });
});
