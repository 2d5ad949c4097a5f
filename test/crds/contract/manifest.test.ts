import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestText } from '../../manifest.ts';
import { FULL_TEMPLATE } from './full-template.ts';
import { MINIMAL, problemsOf, read, template } from './problems.ts';

describe('a manifest', () => {
  it('is checked by its fields and the defaults, whatever earlier manifests had', () => {
    assert.equal(problemsOf(MINIMAL), 'valid');
    assert.match(
      problemsOf(template('resources: { limits: 3 }')),
      /spec\.jobTemplate\.resources\.limits: must be a field with fields below it, and is a number$/,
    );
    assert.match(
      problemsOf(manifestText('ttlSecondsAfterFinished: -1\n')),
      /spec\.ttlSecondsAfterFinished: must be >= 0/,
    );
    const loading = (value: string) => problemsOf(manifestText(`loading: ${value}\n`));
    assert.match(
      loading('null'),
      /spec\.loading: must be a field with fields below it, and is empty: indent what belongs to it, or remove it$/,
    );
    assert.match(loading('[]'), /spec\.loading: must be a field with fields below it, and is a list$/);
    assert.match(loading('{ maxParallelJobs: two }'), /maxParallelJobs: must be a whole number, and is text$/);
    assert.match(loading('{ maxParallelJobs: }'), /maxParallelJobs: must be a whole number, and is empty: write a/);
    assert.match(problemsOf(manifestText('trigger: ""\n')), /spec\.trigger: must not be empty$/);
    assert.match(
      problemsOf(manifestText(`trigger: ${'x'.repeat(254)}\n`)),
      /spec\.trigger: must have at most 253 characters$/,
    );
    assert.match(problemsOf(manifestText('suspend: "yes"\n')), /spec\.suspend: must be true or false, and is text$/);
    const unquoted = (field: string) => problemsOf(manifestText(`format: { ${field} }\n`));
    assert.match(
      unquoted('nullMarker: NULL'),
      /spec\.format\.nullMarker: must be text, and is null without quotes: put it in quotes, for example 'NULL'$/,
    );
    assert.match(unquoted('nullMarker: 0'), /nullMarker: must be text, and is a number .* '0'$/);
    assert.match(problemsOf(manifestText('constructor: 1\n')), /unknown field "constructor"/);
    assert.match(problemsOf(MINIMAL.replace(/ {2}source:.*\n/, '')), /"source" is missing/);
    assert.equal(read(MINIMAL).ingestions[0]?.spec.retry.limit, read(FULL_TEMPLATE).ingestions[0]?.spec.retry.limit);
  });

  it('gets the defaults of the CRD', () => {
    const [ingestion] = read(MINIMAL).ingestions;
    assert.equal(ingestion?.metadata.namespace, 'default');
    assert.equal(ingestion.spec.target.schema, 'public');
    assert.equal(ingestion.spec.format.preset, 'reference');
    assert.equal(ingestion.spec.loading.streamsPerTable, 'Auto');
  });

  it('may have several documents: Secrets and ConfigMaps are found by namespace and name', () => {
    const { secrets, configMaps } = read(`${MINIMAL}
---
kind: Secret
apiVersion: v1
metadata: { name: database }
data: { uri: cG9zdGdyZXM6Ly9h }
stringData: { other: plain }
---
kind: ConfigMap
apiVersion: v1
metadata: { name: types }
data: { types.yaml: 'types: {}' }
`);
    assert.deepEqual(secrets.get('default/database'), {
      uri: Buffer.from('postgres://a'),
      other: Buffer.from('plain'),
    });
    assert.deepEqual(configMaps.get('default/types'), { 'types.yaml': 'types: {}' });
  });

  it('distinguishes Secrets of two namespaces, and refuses two with the same name in one namespace', () => {
    const secret = (namespace: string, uri: string) =>
      `---\nkind: Secret\nmetadata: { name: database, namespace: ${namespace} }\nstringData: { uri: ${uri} }\n`;
    const { secrets } = read(`${MINIMAL}\n${secret('one', 'a')}${secret('two', 'b')}`);
    assert.deepEqual(
      ['one', 'two'].map((namespace) => secrets.get(`${namespace}/database`)?.['uri']?.toString()),
      ['a', 'b'],
    );
    assert.match(
      problemsOf(secret('one', 'a') + secret('one', 'b')),
      /Secret one\/database is defined twice, first in /,
    );
    assert.match(problemsOf(secret('"../x"', 'a')), /metadata\.namespace/);
  });

  it('is refused if an entry of a ConfigMap or Secret is not text, without naming its value', () => {
    const object = (kind: string, entries: string) => `kind: ${kind}\nmetadata: { name: types }\n${entries}\n`;
    assert.match(
      problemsOf(object('ConfigMap', 'data: { crm.yaml: { types: {} } }')),
      /ConfigMap types: data\.crm\.yaml is not text: write "crm\.yaml: \|"/,
    );
    for (const field of ['data', 'stringData']) {
      const message = problemsOf(object('Secret', `${field}: { uri: 5432 }`));
      assert.match(message, new RegExp(`Secret types: ${field}\\.uri is not text: put the value in quotes`));
      assert.doesNotMatch(message, /5432/);
    }
  });

  it('may have a Secret of bytes that are not UTF-8, such as a binary key', () => {
    const key = Buffer.from([0x95, 0x01, 0xff, 0x00]);
    const { secrets } = read(`kind: Secret\nmetadata: { name: key }\ndata: { key: ${key.toString('base64')} }\n`);
    assert.deepEqual(secrets.get('default/key'), { key });
  });

  it('is refused if data of a Secret is not base64, without naming its value', () => {
    const secret = (value: string) => `kind: Secret\nmetadata: { name: database }\ndata: { uri: "${value}" }\n`;
    for (const value of ['postgresql://horse', 'horse', 'aG9yc2U', 'aG9yc2U==', 'aG9yc2_='])
      assert.equal(
        problemsOf(secret(value)),
        'Secret database: data.uri is not base64: write it as it is below stringData',
        value,
      );
    for (const value of ['', 'aG9yc2U=', 'aG9y\\nc2U=\\n']) assert.equal(problemsOf(secret(value)), 'valid', value);
  });

  it('is refused if data of a ConfigMap or Secret has no keys', () => {
    for (const [kind, field, value] of [
      ['ConfigMap', 'data', 'horse'],
      ['Secret', 'data', '[horse]'],
      ['Secret', 'stringData', '5432'],
    ] as const)
      assert.equal(
        problemsOf(`kind: ${kind}\nmetadata: { name: database }\n${field}: ${value}\n`),
        `${kind} database: ${field} must have keys below it, each with its text`,
      );
    assert.equal(problemsOf('kind: Secret\nmetadata: { name: database }\ndata:\n'), 'valid');
  });

  it('may be an item of a List, as kubectl prints it', () => {
    const item = MINIMAL.trim().replaceAll('\n', '\n  ');
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${item}\n- kind: Secret\n  metadata: { name: database }\n`;
    const { ingestions, secrets } = read(list);
    assert.deepEqual([ingestions, [...secrets.keys()]], [read(MINIMAL).ingestions, ['default/database']]);
  });

  it('may have objects of other kinds, which are ignored', () => {
    assert.equal(read(`${MINIMAL}\n---\nkind: ClusterRole\nmetadata: { name: 'system:x' }\n`).ingestions.length, 1);
  });

  it('is refused with every problem named', () => {
    const message = problemsOf(manifestText('loading: { onExisting: Overwrite, maxParallelJobs: 0 }\nextra: 1\n'));
    assert.match(message, /spec: unknown field "extra"/);
    assert.match(message, /spec\.loading\.onExisting: must be one of Skip, Replace, Fail/);
    assert.match(message, /spec\.loading\.maxParallelJobs: must be >= 1/);
    const large = problemsOf(manifestText('limits: { maxCompressionRatio: 3000000000 }\n'));
    assert.match(large, /spec\.limits\.maxCompressionRatio: is out of range for int32/);
  });

  it('is refused if it is not YAML, has no name, or has another version', () => {
    assert.match(problemsOf('a: [b'), /not YAML/);
    assert.match(problemsOf(MINIMAL.replace('name: nightly', 'name: "../x"')), /metadata\.name/);
    assert.match(problemsOf(MINIMAL.replace('v1alpha1', 'v2')), /apiVersion: must be motherload\.dev\/v1alpha1/);
  });
});

describe('the Job template', () => {
  it('is empty if a manifest has none', () => {
    const [ingestion] = read(MINIMAL).ingestions;
    assert.deepEqual(ingestion?.spec.jobTemplate, {});
  });

  const wrong: [what: string, template: string, message: RegExp][] = [
    [
      'an amount that is not a number',
      'resources: { limits: { memory: much } }',
      /resources\.limits\.memory: spec\.jobTemplate\.resources: a quantity must be a number .*, for example 500m, 2 or 192Mi$/,
    ],
    [
      'a negative amount in quotes',
      'resources: { limits: { memory: "-1Gi" } }',
      /must be a number that is not negative/,
    ],
    ['a negative amount', 'resources: { requests: { cpu: -1 } }', /must be a number that is not negative/],
    ['a fraction', 'resources: { limits: { cpu: 1.5 } }', /cpu: must be an integer, or text in quotes$/],
    ['a field of a pod that is not in the template', 'hostNetwork: true', /unknown field "hostNetwork"/],
    ['a container', 'securityContext: { privileged: true }', /unknown field "securityContext"/],
    [
      'a label value of two words',
      'labels: { team: "a b" }',
      /labels\.team: spec\.jobTemplate\.labels: a label's value/,
    ],
    ['a time too short to read results', 'ttlSecondsAfterFinished: 0', /ttlSecondsAfterFinished: must be >= 60/],
    [
      'an affinity without a place',
      'affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } }',
      /topologyKey/,
    ],
  ];
  for (const [what, lines, message] of wrong) {
    it(`refuses ${what}`, () => assert.match(problemsOf(template(lines)), message));
  }
});
