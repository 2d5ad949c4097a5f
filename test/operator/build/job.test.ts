import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { V1PodSpec } from '@kubernetes/client-node';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { readJobTemplate, readManifests } from '../../../crds/contract/manifest.ts';
import { jobName } from '../../../crds/contract/names.ts';
import type { Task } from '../../../crds/contract/task.ts';
import { buildJob, type JobSettings } from '../../../operator/build/job.ts';
import type { Work } from '../../../operator/decide/action.ts';
import { templateDigest } from '../../../operator/decide/replace.ts';
import { FULL_TEMPLATE } from '../../crds/contract/full-template.ts';
import { entry, ingestion, nameOf, omit, UID } from '../fixtures.ts';

const SETTINGS: JobSettings = {
  runnerImage: 'registry.example/motherload-runner@sha256:0123',
  imagePullPolicy: 'IfNotPresent',
  allowHostPath: false,
  jobTemplate: { resources: { requests: { cpu: '500m', memory: '192Mi' }, limits: { memory: '512Mi' } }, ttlSecondsAfterFinished: 3600 },
};
const CATALOGUE: Work = { kind: 'Catalogue' };
const FINISH: Work = { kind: 'Finish', mothers: ['users'] };
const users = entry('users');
const LOAD: Work = { kind: 'Load', tableName: nameOf(users), table: users };
const ALL = [CATALOGUE, LOAD, FINISH];

function parts(work: Work, spec = '', settings: Partial<JobSettings> = {}) {
  const job = buildJob(ingestion({}, { spec }), work, { ...SETTINGS, ...settings });
  const pod = job.spec?.template.spec;
  const container = pod?.containers[0];
  assert(pod !== undefined && container !== undefined && job.spec !== undefined);
  const variables = new Map((container.env ?? []).map((variable) => [variable.name, variable]));
  const task = JSON.parse((variables.get('MOTHERLOAD_TASK')?.value ?? '').replaceAll('$$', '$')) as Task;
  return { job, spec: job.spec, pod, container, variables, task };
}

describe('buildJob', () => {
  it('names the Job as the decision does, and ties it to its DumpIngestion', () => {
    const names = ALL.map((work) => parts(work).job.metadata?.name);
    const expected = [
      jobName('nightly', UID, 'Catalogue'),
      jobName('nightly', UID, 'Load', nameOf(users)),
      jobName('nightly', UID, 'Finish'),
    ];
    assert.deepEqual(names, expected);
    for (const work of ALL) {
      const [owner] = parts(work).job.metadata?.ownerReferences ?? [];
      assert.deepEqual([owner?.kind, owner?.name, owner?.uid, owner?.controller], ['DumpIngestion', 'nightly', UID, true]);
    }
  });

  it('labels Job and pods alike', () => {
    const { job, spec } = parts(LOAD);
    assert.deepEqual(job.metadata?.labels, {
      'app.kubernetes.io/name': 'motherload-runner',
      'app.kubernetes.io/instance': 'nightly',
      'app.kubernetes.io/component': 'load',
      'app.kubernetes.io/part-of': 'motherload',
      'app.kubernetes.io/managed-by': 'motherload',
      'motherload.dev/ingestion': 'nightly',
      'motherload.dev/task': 'Load',
      'motherload.dev/template': templateDigest({ jobTemplate: {} }),
      'motherload.dev/table-ingestion': nameOf(users),
      'motherload.dev/version': 'v1',
    });
    assert.deepEqual(parts(LOAD).job.metadata?.labels, spec.template.metadata?.labels);
  });

  it('gives the task in the environment and the URI from the Secret, never the URI itself', () => {
    const { variables, task } = parts(LOAD);
    assert.equal(task.kind, 'Load');
    assert.deepEqual(variables.get('MOTHERLOAD_DATABASE_URI'), {
      name: 'MOTHERLOAD_DATABASE_URI',
      valueFrom: { secretKeyRef: { name: 'database', key: 'uri' } },
    });
  });

  it('protects $(...) in names from being expanded by Kubernetes', () => {
    const odd = entry('$(MOTHERLOAD_DATABASE_URI)');
    const { variables, task } = parts({ kind: 'Load', tableName: nameOf(odd), table: odd });
    assert.doesNotMatch((variables.get('MOTHERLOAD_TASK')?.value ?? '').replaceAll('$$', ''), /\$\(/);
    assert(task.kind === 'Load');
    assert.equal(task.table.table, '$(MOTHERLOAD_DATABASE_URI)');
  });

  it('mounts the volume read-only at the folder that the task names, and not for the finish', () => {
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, container, task } = parts(work);
      assert(task.kind !== 'Finish');
      assert.equal(task.dumpsFolder, '/dumps');
      assert.deepEqual(pod.volumes?.[0], { name: 'dumps', persistentVolumeClaim: { claimName: 'dumps', readOnly: true } });
      assert.deepEqual(container.volumeMounts?.[0], { name: 'dumps', mountPath: '/dumps', readOnly: true });
    }
    assert.deepEqual(
      parts(FINISH).pod.volumes?.map(({ name }) => name),
      ['temporary'],
    );
  });

  it('mounts type maps of ConfigMaps as the files that the task names', () => {
    const spec = 'format: { dialects: [{ name: ours, typesFrom: { configMapKeyRef: { name: maps, key: a.yaml } } }] }';
    const { pod, container, task } = parts(LOAD, spec);
    assert(task.kind === 'Load');
    assert.deepEqual(task.dialectFiles, { ours: '/dialects/ours.yaml' });
    const [source] = pod.volumes?.find(({ name }) => name === 'dialects')?.projected?.sources ?? [];
    assert.deepEqual(source, { configMap: { name: 'maps', items: [{ key: 'a.yaml', path: 'ours.yaml' }] } });
    assert(container.volumeMounts?.some(({ mountPath }) => mountPath === '/dialects'));
  });

  it('does not retry wrong data and wrong manifests, does not count evictions, and retries the rest as often as the manifest says', () => {
    const { spec } = parts(LOAD, 'retry: { limit: 3 }');
    assert.equal(spec.backoffLimit, 3);
    assert.deepEqual(spec.podFailurePolicy?.rules, [
      { action: 'FailJob', onExitCodes: { containerName: 'runner', operator: 'In', values: [65, 78] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
    assert.equal(spec.podReplacementPolicy, 'Failed');
  });

  it('makes pods of the restricted standard, without credentials for Kubernetes', () => {
    for (const work of ALL) {
      const { pod, container } = parts(work);
      assert.equal(pod.restartPolicy, 'Never');
      assert.equal(pod.automountServiceAccountToken, false);
      assert.deepEqual(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.deepEqual(pod.volumes?.at(-1), { name: 'temporary', emptyDir: { sizeLimit: '64Mi' } });
      assert.equal(container.terminationMessagePath, '/dev/termination-log');
    }
  });

  it('refuses a folder of the node unless the installation allows it', () => {
    const hostPath = structuredClone(ingestion());
    const spec = { ...hostPath.spec, source: { ...hostPath.spec.source, volume: { hostPath: { path: '/srv' } } } };
    const onHost = { ...hostPath, spec };
    assert.throws(
      () => buildJob(onHost, CATALOGUE, SETTINGS),
      (error: unknown) => {
        assert(error instanceof ManifestError);
        assert.equal(error.code, 'HostPathNotAllowed');
        return true;
      },
    );
    const allowed = buildJob(onHost, CATALOGUE, { ...SETTINGS, allowHostPath: true });
    assert.deepEqual(allowed.spec?.template.spec?.volumes?.[0], { name: 'dumps', hostPath: { path: '/srv' } });
  });

  it('refuses a task that Linux would not pass to a process', () => {
    const columns = Array.from({ length: 1600 }, (_, index) => `{ name: ${'c'.repeat(50)}${index}, type: text }`).join(', ');
    const spec = `motherTables: { definitions: [{ name: a, columns: [${columns}] }, { name: b, columns: [${columns}] }] }`;
    assert.throws(() => parts(CATALOGUE, spec), /are \d+ bytes and may be \d+/);
  });
});

/** A field of the Job template: what the installation says, what the manifest says, what a Job then has. */
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
    const said = (who: string, what: string) => (what === '' ? `nothing from the ${who}` : `${what} from the ${who}`);
    it(`makes of ${field}, ${said('installation', installation)} and ${said('manifest', manifest)}, the one thing`, () => {
      const jobTemplate = readJobTemplate(installation === '' ? '{}' : `{ ${field}: ${installation} }`);
      const more = manifest === '' ? '' : `jobTemplate: { ${field}: ${manifest} }`;
      const { spec, pod, container } = parts(LOAD, more, { jobTemplate });
      const values = [spec, pod, container].map((part) => Object.entries(part).find(([name]) => name === field)?.[1] as unknown);
      assert.deepEqual(
        values.find((value) => value !== undefined),
        expected,
      );
    });
  }

  it('adds labels and annotations to Job and pods, the manifest before the installation and Motherload before both', () => {
    // What the CRD refuses must do no harm even so.
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

  it('takes over each of its fields and changes nothing of what makes a pod restricted', () => {
    const [manifest] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    const full = { ...ingestion(), spec: manifest?.spec ?? assert.fail('no manifest') };
    const { affinity, nodeSelector, tolerations, topologySpreadConstraints } = full.spec.jobTemplate;
    const { priorityClassName, serviceAccountName, imagePullSecrets } = full.spec.jobTemplate;
    const taken = {
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
      assert.deepEqual(omit(pod, 'containers'), { ...omit(plain, 'containers'), ...taken });
    }
  });

  it('takes no field from outside its own, whatever stands in a resource that was never checked', () => {
    const odd = { jobTemplate: { hostNetwork: true, securityContext: {}, containers: [] } as JobSettings['jobTemplate'] };
    assert.deepEqual(parts(LOAD, '', odd).pod, parts(LOAD, '', { jobTemplate: {} }).pod);
  });
});

describe('a queue', () => {
  it('gets each Job suspended and labelled, and its pods without the label', () => {
    for (const work of ALL) {
      const { job, spec } = parts(work, 'queueName: loads');
      assert.equal(spec.suspend, true);
      assert.equal(job.metadata?.labels?.['kueue.x-k8s.io/queue-name'], 'loads');
      assert.equal(spec.template.metadata?.labels?.['kueue.x-k8s.io/queue-name'], undefined);
    }
  });

  it('is not asked where the manifest names none', () => {
    const { job, spec } = parts(LOAD);
    assert.equal('suspend' in spec, false);
    assert.equal(job.metadata?.labels?.['kueue.x-k8s.io/queue-name'], undefined);
  });
});
