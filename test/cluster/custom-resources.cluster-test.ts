import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readManifests } from '../../crds/contract/manifest.ts';
import { readCustomResourceDefinition, RESOURCE_KINDS, type JsonSchema } from '../../crds/contract/schema.ts';
import { FULL_TEMPLATE } from '../crds/contract/full-template.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';

type Fields = Record<string, unknown>;

const folder = mkdtempSync(join(tmpdir(), 'motherload-apiserver-'));
let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ folder });
  for (const kind of RESOURCE_KINDS) {
    await plane.kubectl([
      'apply',
      '--server-side',
      '-f',
      join(import.meta.dirname, `../../crds/${kind.toLowerCase()}.yaml`),
    ]);
  }
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dumpIngestion = (spec: Fields = {}): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'DumpIngestion',
  metadata: { name: 'nightly', namespace: 'default' },
  spec: { source: source(), target: target(), ...spec },
});
const source = (fields: Fields = {}) => ({ volume: { persistentVolumeClaim: { claimName: 'dumps' } }, ...fields });
const target = (fields: Fields = {}) => ({ databaseSecretRef: { name: 'database' }, ...fields });
const template = (jobTemplate: Fields) => ({ jobTemplate });
const dialect = (name: string) => ({ name, typesFrom: { configMapKeyRef: { name: 'types', key: `${name}.yaml` } } });
const tableIngestion = (spec: Fields = {}): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'TableIngestion',
  metadata: { name: 'nightly-v1-users', namespace: 'default' },
  spec: {
    ingestionName: 'nightly',
    dump: { file: 'crm_v1.zip', version: 'v1' },
    table: 'users',
    decision: 'Load',
    reason: 'Listed',
    message: 'it is loaded',
    ...spec,
  },
});

/** What the apiserver would store, or undefined with its message if it refuses; nothing is stored. */
async function create(resource: Fields): Promise<Fields> {
  return JSON.parse(
    await plane.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(resource)),
  ) as Fields;
}
const refused = (resource: Fields, message: RegExp) => assert.rejects(create(resource), message);

/** Specs that violate a rule, by the start of the rule's message: a rule without a line here fails the last test of its suite. */
const BROKEN: [messageStart: string, spec: Fields][] = [
  [
    'spec.source.volume must have exactly one',
    { source: source({ volume: { nfs: { server: 'a', path: '/b' }, hostPath: { path: '/c' } } }) },
  ],
  ['spec.source.path must be relative', { source: source({ path: 'a/../../b' }) }],
  ['spec.source.path must be relative', { source: source({ path: '/etc' }) }],
  ['spec.format.quote and spec.format.delimiter', { format: { quote: '|' } }],
  ['spec.format.escape has no meaning', { format: { quote: '', escape: 'x' } }],
  ['spec.format.escape and spec.format.delimiter', { format: { escape: '|' } }],
  ['spec.format.nullMarker contains the delimiter', { format: { nullMarker: 'a|b' } }],
  ['spec.format.nullMarker contains the quote', { format: { nullMarker: '`N' } }],
  [
    'spec.format.schemaExtension and spec.format.datExtension',
    { format: { schemaExtension: '.txt', datExtension: '.txt' } },
  ],
  [
    'spec.target.versionTableName contains {app}',
    {
      format: { dumpName: '{version}.zip' },
      target: { databaseSecretRef: { name: 'd' }, versionTableName: '{app}_{version}_{table}' },
    },
  ],
  ['spec.format.schemaExtension and spec.format.datExtension', { format: { datExtension: '.JSON' } }],
  ['spec.format.dumpName must contain {version} once', { format: { dumpName: '{app}.zip' } }],
  ['spec.format.dumpName must contain {version} once', { format: { dumpName: '{version}-{version}.zip' } }],
  ['spec.format.dumpName may contain {app} only once', { format: { dumpName: '{app}-{app}_{version}.zip' } }],
  ['spec.format.dumpName must have text between', { format: { dumpName: '{app}{version}.zip' } }],
  ['spec.format.dumpName must have text between', { format: { dumpName: '{version}{app}.zip' } }],
  ['spec.format.dumpName must be a file name', { format: { dumpName: '{app}/{version}.zip' } }],
  ['spec.target.versionTableName must contain {table}', { target: target({ versionTableName: '{version}' }) }],
  ['spec.target.versionTableName is the name of the mother table', { target: target({ versionTableName: '{table}' }) }],
  ['spec.target.ledgerSchema must differ', { target: target({ ledgerSchema: 'public' }) }],
  ['spec.format.schemaExtension must be', { format: { schemaExtension: 'json' } }],
  ['spec.format.datExtension must be', { format: { datExtension: '.d/t' } }],
  ['spec.format.delimiter must be', { format: { delimiter: 'x' } }],
  ['spec.format.delimiter must be', { format: { delimiter: '\\' } }],
  ['spec.format.quote must be', { format: { quote: '""' } }],
  ['spec.format.escape must be', { format: { escape: ' ' } }],
  ['spec.format.nullMarker must not contain line ends', { format: { nullMarker: 'N\nULL' } }],
  ['spec.format.encoding must be', { format: { encoding: 'LATIN 1' } }],
  ['spec.format.dialect must be', { format: { dialect: 'MSSQL' } }],
  ["spec.format.dialectRules: a dialect's name", { format: { dialectRules: [{ dump: '*', dialect: '-a' }] } }],
  ["spec.format.dialects: a dialect's name", { format: { dialects: [dialect('A')] } }],
  [
    'spec.format.dialects: the key of a ConfigMap',
    { format: { dialects: [{ name: 'a', typesFrom: { configMapKeyRef: { name: 'types', key: 'a/b' } } }] } },
  ],
  ['spec.target.databaseSecretRef.key must be', { target: { databaseSecretRef: { name: 'd', key: 'a b' } } }],
  ['spec.queueName must be', { queueName: 'Loads' }],
  ["spec.jobTemplate.labels: a label's value", template({ labels: { team: 'a b' } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { limits: { memory: 'much' } } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { limits: { memory: '-1Gi' } } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { requests: { cpu: -1 } } })],
  ['spec.jobTemplate.priorityClassName must be', template({ priorityClassName: 'High' })],
  ['spec.jobTemplate.serviceAccountName must be', template({ serviceAccountName: 'a_b' })],
  ['spec.loading.streamsPerTable', { loading: { streamsPerTable: 33 } }],
  ['spec.loading.streamsPerTable', { loading: { streamsPerTable: 'many' } }],
  ["spec.jobTemplate.labels: a label's name", template({ labels: { 'Example/team': 'a' } })],
  ['spec.jobTemplate.labels: motherload.dev/', template({ labels: { 'motherload.dev/task': 'Load' } })],
  ['spec.jobTemplate.labels: motherload.dev/', template({ labels: { 'app.kubernetes.io/name': 'other' } })],
  ['spec.jobTemplate.labels: motherload.dev/', template({ labels: { 'job-name': 'other' } })],
  ['spec.jobTemplate.labels: the queue', template({ labels: { 'kueue.x-k8s.io/queue-name': 'loads' } })],
  ["spec.jobTemplate.annotations: an annotation's name", template({ annotations: { 'example.com/': 'a' } })],
  ['spec.jobTemplate.annotations: motherload.dev/', template({ annotations: { 'motherload.dev/template': 'a' } })],
  [
    'spec.jobTemplate.annotations: motherload.dev/',
    template({ annotations: { 'container.apparmor.security.beta.kubernetes.io/runner': 'unconfined' } }),
  ],
  [
    'spec.jobTemplate.tolerations: operator Exists',
    template({ tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
  ],
  ['spec.jobTemplate.tolerations: a toleration without a key', template({ tolerations: [{ value: 'b' }] })],
  [
    'spec.jobTemplate.tolerations: tolerationSeconds',
    template({ tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 5 }] }),
  ],
  ['spec.jobTemplate.priorityClassName', template({ priorityClassName: 'system-node-critical' })],
];

const FAILURE = { kind: 'Data', code: 'NotAList', message: 'the schema file is not a list' };
const BROKEN_TABLES: [messageStart: string, spec: Fields][] = [
  ['spec.failure is required', { decision: 'Fail' }],
  ['spec.failure is required', { failure: FAILURE }],
];

/** Updates that transition rules refuse: the resource, its change, the start of the message. */
const IMMUTABLE: [messageStart: string, resource: Fields, changed: Fields][] = [
  ['spec.target is immutable', dumpIngestion(), dumpIngestion({ target: target({ schema: 'other' }) })],
  ['spec.source is immutable', dumpIngestion(), dumpIngestion({ source: source({ include: ['crm_*.zip'] }) })],
  ['spec.format is immutable', dumpIngestion(), dumpIngestion({ format: { delimiter: ';' } })],
  ['spec.motherTables is immutable', dumpIngestion(), dumpIngestion({ motherTables: { policy: 'Purge' } })],
  ['spec is immutable, since it is what', tableIngestion(), tableIngestion({ decision: 'Skip' })],
];

describe('the apiserver', () => {
  it('accepts a minimal DumpIngestion and fills in the defaults', async () => {
    const { spec } = (await create(dumpIngestion())) as { spec: Record<string, Fields> };
    assert.equal(spec['format']?.['delimiter'], '|');
    assert.equal(spec['loading']?.['streamsPerTable'], 'Auto');
    assert.deepEqual(spec['source']?.['include'], ['**/*.zip']);
  });

  it('accepts a resource that satisfies every rule', async () => {
    await create(
      dumpIngestion({
        format: { quote: '"', escape: '\\', delimiter: ';', nullMarker: '' },
        loading: { streamsPerTable: 3 },
      }),
    );
    await create(dumpIngestion({ format: { quote: '' }, source: source({ path: 'a/b..c' }) }));
    await create(dumpIngestion({ format: { dumpName: '{version}_{app}', schemaExtension: '.schema.dat' } }));
    await create(dumpIngestion({ format: { dumpName: 'dump-{version}.zip' } }));
    await create(tableIngestion());
    await create(tableIngestion({ decision: 'Fail', failure: FAILURE }));
  });

  it('accepts every field of a Job template as `motherload validate` does', async () => {
    const [valid] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    const { spec } = await create(load(FULL_TEMPLATE) as Fields);
    assert.deepEqual(spec, valid?.spec);
  });

  for (const [messageStart, spec] of BROKEN) {
    it(`refuses ${JSON.stringify(spec)}`, () => refused(dumpIngestion(spec), new RegExp(escaped(messageStart))));
  }

  for (const [messageStart, spec] of BROKEN_TABLES) {
    it(`refuses a TableIngestion with ${JSON.stringify(spec)}`, () =>
      refused(tableIngestion(spec), new RegExp(escaped(messageStart))));
  }

  it('refuses an unknown field, a wrong enum value and a number out of range, and names each', async () => {
    await refused(dumpIngestion({ extra: 1 }), /unknown field "spec\.extra"/);
    await refused(
      dumpIngestion({ loading: { onExisting: 'Overwrite' } }),
      /supported values: "Skip", "Replace", "Fail"/,
    );
    await refused(dumpIngestion({ loading: { maxParallelJobs: 0 } }), /should be greater than or equal to 1/);
  });

  for (const [messageStart, resource, changed] of IMMUTABLE) {
    it(`refuses a change where ${messageStart}`, async () => {
      await plane.kubectl(['apply', '-f', '-'], JSON.stringify(resource));
      try {
        const replaced = plane.kubectl(['replace', '--dry-run=server', '-f', '-'], JSON.stringify(changed));
        await assert.rejects(replaced, new RegExp(escaped(messageStart)));
      } finally {
        await plane.kubectl(['delete', '-f', '-'], JSON.stringify(resource));
      }
    });
  }

  it('accepts changes of mutable fields', async () => {
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(dumpIngestion()));
    const changed = {
      suspend: true,
      loading: { maxParallelJobs: 9 },
      queueName: 'loads',
      ...template({ labels: { team: 'data' } }),
    };
    await plane.kubectl(['replace', '-f', '-'], JSON.stringify(dumpIngestion(changed)));
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('has a test above for each CEL rule of the CRDs', () => {
    const covered = [...BROKEN, ...BROKEN_TABLES, ...IMMUTABLE].map(([messageStart]) => messageStart);
    const messages = RESOURCE_KINDS.flatMap((kind) => readCustomResourceDefinition(kind).spec.versions).flatMap(
      (version) => messagesOf(version.schema.openAPIV3Schema),
    );
    assert.deepEqual(
      messages.filter((message) => !covered.some((start) => message.startsWith(start))),
      [],
    );
  });
});

describe('kubectl', () => {
  it('applies the CRDs and resources again without changes (server-side apply)', async () => {
    const { spec } = load(FULL_TEMPLATE) as { spec: Fields };
    const manifest = JSON.stringify(dumpIngestion({ ...spec, format: { dialects: [dialect('crm'), dialect('erp')] } }));
    const apply = ['apply', '--server-side', '-o', 'jsonpath={.metadata.resourceVersion}', '-f', '-'];
    const first = await plane.kubectl(apply, manifest);
    assert.equal(await plane.kubectl(apply, manifest), first);
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('shows the status in the printer columns, with the short names and the category', async () => {
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(dumpIngestion()));
    const status = { phase: 'Loading', tables: { summary: '5/8', failed: 1 }, rows: 1200, megabytesPerSecond: '84.2' };
    await plane.kubectl([
      'patch',
      'di',
      'nightly',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    const shown = await plane.kubectl(['get', 'motherload']);
    assert.match(shown, /^NAME +PHASE +TABLES +ROWS +MB\/S +FAILED +AGE\n\S*nightly +Loading +5\/8 +1200 +84\.2 +1 +/);
    const wide = (await plane.kubectl(['get', 'di', '-o', 'wide'])).split('\n')[0] ?? '';
    assert.match(wide, /AGE +PERCENT +RUNNING +SKIPPED +STARTED +COMPLETED +MESSAGE$/);
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(tableIngestion({ versionTable: 'v1_users' })));
    const tables = await plane.kubectl(['get', 'ti', '-o', 'wide']);
    assert.match(
      tables,
      /^NAME +VERSION TABLE +PHASE +ROWS +PERCENT +MB\/S +AGE +DUMP +MOTHER +ATTEMPTS +JOB +MESSAGE\n/,
    );
    assert.match(tables, /nightly-v1-users +v1_users +.*crm_v1\.zip/);
    await plane.kubectl(['delete', 'ti', '--all']);
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('explains every field', async () => {
    for (const kind of RESOURCE_KINDS) {
      const definition = readCustomResourceDefinition(kind);
      const explained = await plane.kubectl(['explain', definition.spec.names.plural, '--recursive']);
      assert.match(explained, new RegExp(`KIND: +${kind}`));
      for (const version of definition.spec.versions) {
        const properties = version.schema.openAPIV3Schema.properties ?? {};
        for (const part of ['spec', 'status']) assert.deepEqual(undescribed(properties[part] ?? {}, part), []);
      }
    }
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function messagesOf(schema: JsonSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  return [...own, ...partsOf(schema, '').flatMap(([, part]) => messagesOf(part))];
}

function undescribed(schema: JsonSchema, path: string): string[] {
  const own = schema.description === undefined && !path.endsWith(']') ? [path] : [];
  return [...own, ...partsOf(schema, path).flatMap(([partPath, part]) => undescribed(part, partPath))];
}

function partsOf(schema: JsonSchema, path: string): [path: string, schema: JsonSchema][] {
  const fields = Object.entries(schema.properties ?? {}).map(([name, part]): [string, JsonSchema] => [
    `${path}.${name}`,
    part,
  ]);
  const { items, additionalProperties } = schema;
  if (items !== undefined) fields.push([`${path}[]`, items]);
  if (typeof additionalProperties === 'object') fields.push([`${path}[]`, additionalProperties]);
  return fields;
}
