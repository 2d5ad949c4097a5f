import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { jobName, sharedJobName } from '../../../crds/contract/names.ts';
import { buildJob } from '../../../operator/build/job.ts';
import { templateDigest } from '../../../operator/build/job-template.ts';
import { entry, ingestion, nameOf, UID } from '../fixtures.ts';
import { ALL, CATALOGUE, FINISH, LOAD, parts, SETTINGS, users } from './jobs.ts';

describe('buildJob', () => {
  it('names the Job as the decision does, owned by its DumpIngestion', () => {
    const names = ALL.map((work) => parts(work).job.metadata?.name);
    const expected = [
      jobName('nightly', UID, 'Catalogue'),
      jobName('nightly', UID, 'Load', nameOf(users)),
      jobName('nightly', UID, 'Finish'),
    ];
    assert.deepEqual(names, expected);
    for (const work of ALL) {
      const [owner] = parts(work).job.metadata?.ownerReferences ?? [];
      assert.deepEqual(
        [owner?.kind, owner?.name, owner?.uid, owner?.controller],
        ['DumpIngestion', 'nightly', UID, true],
      );
    }
  });

  it('names the tables of a shared Job in an annotation, which its own name confirms, and gives it one task', () => {
    const tables = ['one', 'two'].map((name) => ({ name: nameOf(entry(name)), spec: entry(name) }));
    const { job, task, spec } = parts({ kind: 'LoadBatch', tables }, 'jobTemplate: { annotations: { team: dwh } }');
    const names = tables.map(({ name }) => name);
    assert.equal(job.metadata?.name, sharedJobName('nightly', UID, names));
    assert.deepEqual(job.metadata.annotations, {
      team: 'dwh',
      'motherload.dev/table-ingestions': JSON.stringify(names),
    });
    const { labels = {} } = spec.template.metadata ?? {};
    assert.deepEqual(
      [labels['motherload.dev/task'], labels['app.kubernetes.io/component'], labels['motherload.dev/table-ingestion']],
      ['LoadBatch', 'load', undefined],
    );
    assert(task.kind === 'LoadBatch');
    assert.deepEqual(
      task.tables,
      tables.map((table) => table.spec),
    );
  });

  it('sets the same labels on Job and pods', () => {
    const { job, spec } = parts(LOAD);
    assert.deepEqual(job.metadata?.labels, {
      'app.kubernetes.io/name': 'motherload-runner',
      'app.kubernetes.io/instance': 'nightly',
      'app.kubernetes.io/component': 'load',
      'app.kubernetes.io/part-of': 'motherload',
      'app.kubernetes.io/managed-by': 'motherload',
      'motherload.dev/ingestion': 'nightly',
      'motherload.dev/task': 'Load',
      'motherload.dev/template': templateDigest(ingestion(), SETTINGS),
      'motherload.dev/table-ingestion': nameOf(users),
      'motherload.dev/version': 'v1',
    });
    assert.deepEqual(parts(LOAD).job.metadata?.labels, spec.template.metadata?.labels);
  });

  it('passes the task in the environment, and the URI only as a file of the Secret', () => {
    for (const work of ALL) {
      const { variables, task, pod, container } = parts(work);
      assert.equal(task.kind, work.kind);
      assert.deepEqual(
        [...variables.values()].filter(({ valueFrom }) => valueFrom !== undefined),
        [],
      );
      assert.equal(variables.get('MOTHERLOAD_DATABASE_FOLDER')?.value, '/database');
      assert.deepEqual(pod.volumes?.find(({ name }) => name === 'database')?.projected, {
        defaultMode: 0o444,
        sources: [{ secret: { name: 'database', items: [{ key: 'uri', path: 'uri' }] } }],
      });
      assert.deepEqual(
        container.volumeMounts?.find(({ name }) => name === 'database'),
        { name: 'database', mountPath: '/database', readOnly: true },
      );
    }
  });

  it('mounts the certificates of spec.target.tls beside the URI', () => {
    const sourcesOf = (tls: string) =>
      parts(LOAD, `target: { databaseSecretRef: { name: app, key: fqdn-uri }, tls: { ${tls} } }`)
        .pod.volumes?.find(({ name }) => name === 'database')
        ?.projected?.sources?.slice(1);
    const items = [{ key: 'ca.crt', path: 'ca.crt' }];
    const pair = ['tls.crt', 'tls.key'].map((key) => ({ key, path: key }));
    assert.deepEqual(sourcesOf('caSecretRef: { name: db-ca }, certificateSecretRef: { name: db-client }'), [
      { secret: { name: 'db-ca', items } },
      { secret: { name: 'db-client', items: pair } },
    ]);
    assert.deepEqual(sourcesOf('caConfigMapRef: { name: roots, key: bundle.pem }'), [
      { configMap: { name: 'roots', items: [{ key: 'bundle.pem', path: 'ca.crt' }] } },
    ]);
  });

  it("passes on the installation's MOTHERLOAD_UNPACKER, and replaces Jobs that were built without", () => {
    assert.equal(parts(LOAD).variables.has('MOTHERLOAD_UNPACKER'), false);
    const { variables, job } = parts(LOAD, '', { unpacker: 'zlib' });
    assert.deepEqual(variables.get('MOTHERLOAD_UNPACKER'), { name: 'MOTHERLOAD_UNPACKER', value: 'zlib' });
    const digest = job.metadata?.labels?.['motherload.dev/template'];
    assert.notEqual(digest, undefined);
    assert.notEqual(digest, parts(LOAD).job.metadata?.labels?.['motherload.dev/template']);
  });

  it('escapes $(...) in names so that Kubernetes does not expand it', () => {
    const hostile = entry('$(MOTHERLOAD_DATABASE_URI)');
    const { variables, task } = parts({ kind: 'Load', tableName: nameOf(hostile), table: hostile });
    assert.doesNotMatch((variables.get('MOTHERLOAD_TASK')?.value ?? '').replaceAll('$$', ''), /\$\(/);
    assert(task.kind === 'Load');
    assert.equal(task.table.table, '$(MOTHERLOAD_DATABASE_URI)');
  });

  it('mounts the volume read-only at the folder in the task, but not for the finish Job', () => {
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, container, task } = parts(work);
      assert(task.kind !== 'Finish');
      assert.equal(task.dumpsFolder, '/dumps');
      assert.deepEqual(pod.volumes?.[0], {
        name: 'dumps',
        persistentVolumeClaim: { claimName: 'dumps', readOnly: true },
      });
      assert.deepEqual(container.volumeMounts?.[0], { name: 'dumps', mountPath: '/dumps', readOnly: true });
    }
    assert.deepEqual(
      parts(FINISH).pod.volumes?.map(({ name }) => name),
      ['database', 'temporary'],
    );
  });

  it('mounts type maps from ConfigMaps as the files in the task', () => {
    const spec = 'format: { dialects: [{ name: ours, typesFrom: { configMapKeyRef: { name: maps, key: a.yaml } } }] }';
    const { pod, container, task } = parts(LOAD, spec);
    assert(task.kind === 'Load');
    assert.deepEqual(task.dialectFiles, { ours: '/dialects/ours.yaml' });
    const [source] = pod.volumes?.find(({ name }) => name === 'dialects')?.projected?.sources ?? [];
    assert.deepEqual(source, { configMap: { name: 'maps', items: [{ key: 'a.yaml', path: 'ours.yaml' }] } });
    assert(container.volumeMounts?.some(({ mountPath }) => mountPath === '/dialects'));
  });

  it('does not retry data or manifest errors, does not count evictions, and retries all other failures up to spec.retry.limit', () => {
    const { spec } = parts(LOAD, 'retry: { limit: 3 }');
    assert.equal(spec.backoffLimit, 3);
    assert.deepEqual(spec.podFailurePolicy?.rules, [
      { action: 'FailJob', onExitCodes: { containerName: 'runner', operator: 'In', values: [65, 78] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
    assert.equal(spec.podReplacementPolicy, 'Failed');
  });

  it('builds pods of the restricted standard, without Kubernetes credentials', () => {
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

  it('refuses hostPath volumes unless the installation allows them', () => {
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

  it('refuses a format that contradicts itself once its preset is known, which the apiserver cannot see', () => {
    const { spec, ...nightly } = ingestion();
    const format = { ...spec.format, preset: 'csv', nullMarker: '"N' } as const;
    assert.throws(() => buildJob({ ...nightly, spec: { ...spec, format } }, CATALOGUE, SETTINGS), {
      name: 'ManifestError',
      code: 'InvalidManifest',
      message:
        'spec.format is not valid:\n  spec.format.nullMarker contains the quote, but only an unquoted field can be NULL; choose another marker (preset: csv)',
    });
  });

  it('refuses a task that exceeds the limit of an environment variable', () => {
    const columns = Array.from({ length: 1600 }, (_, index) => `{ name: ${'c'.repeat(50)}${index}, type: text }`).join(
      ', ',
    );
    const spec = `motherTables: { definitions: [{ name: a, columns: [${columns}] }, { name: b, columns: [${columns}] }] }`;
    assert.throws(() => parts(CATALOGUE, spec), /is \d+ bytes and must not exceed \d+/);
  });
});
