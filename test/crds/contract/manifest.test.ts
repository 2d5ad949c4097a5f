import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import { manifestText } from '../../manifest.ts';
import { FULL_TEMPLATE } from './full-template.ts';

const MINIMAL = manifestText();

const template = (lines: string) => manifestText(`jobTemplate: { ${lines} }\n`);
const read = (text: string) => readManifests([{ name: 'ingestion.yaml', text }]);
const problemsOf = (text: string) => {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof ManifestError);
    assert.equal(error.location.file, 'ingestion.yaml');
    return error.message;
  }
  return 'valid';
};

describe('a manifest', () => {
  it('is checked by its fields and the defaults, whatever earlier manifests had', () => {
    assert.equal(problemsOf(MINIMAL), 'valid');
    assert.match(
      problemsOf(template('resources: { limits: 3 }')),
      /spec\.jobTemplate\.resources\.limits: must be object/,
    );
    assert.match(
      problemsOf(manifestText('ttlSecondsAfterFinished: -1\n')),
      /spec\.ttlSecondsAfterFinished: must be >= 0/,
    );
    assert.match(problemsOf(manifestText('loading: null\n')), /spec\.loading: must be object/);
    assert.match(problemsOf(manifestText('constructor: 1\n')), /unknown field "constructor"/);
    assert.match(problemsOf(MINIMAL.replace(/ {2}source:.*\n/, '')), /"source" is missing/);
    assert.equal(read(MINIMAL).ingestions[0]?.spec.retry.limit, read(FULL_TEMPLATE).ingestions[0]?.spec.retry.limit);
  });

  it('gets the defaults of the CRD', () => {
    const [ingestion] = read(MINIMAL).ingestions;
    assert.equal(ingestion?.metadata.namespace, 'default');
    assert.equal(ingestion.spec.target.schema, 'public');
    assert.equal(ingestion.spec.format.delimiter, '|');
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
    assert.deepEqual(secrets.get('default/database'), { uri: 'postgres://a', other: 'plain' });
    assert.deepEqual(configMaps.get('default/types'), { 'types.yaml': 'types: {}' });
  });

  it('distinguishes Secrets of two namespaces, and refuses two with the same name in one namespace', () => {
    const secret = (namespace: string, uri: string) =>
      `---\nkind: Secret\nmetadata: { name: database, namespace: ${namespace} }\nstringData: { uri: ${uri} }\n`;
    const { secrets } = read(`${MINIMAL}\n${secret('one', 'a')}${secret('two', 'b')}`);
    assert.deepEqual([secrets.get('one/database'), secrets.get('two/database')], [{ uri: 'a' }, { uri: 'b' }]);
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

/** Each CEL rule of the CRD that a file can break: what breaks it, and the message that must come. */
const BROKEN_RULES: [title: string, text: string, message: RegExp][] = [
  ['two volumes', MINIMAL.replace('volume: {', 'volume: { nfs: { server: a, path: /b },'), /exactly one of/],
  [
    'an unknown volume',
    MINIMAL.replace('persistentVolumeClaim: { claimName: dumps }', 'emptyDir: {}'),
    /unknown field "emptyDir"/,
  ],
  ['a path out of the volume', MINIMAL.replace('source: {', 'source: { path: a/../../b,'), /stay within it/],
  ['an absolute path', MINIMAL.replace('source: {', 'source: { path: /etc,'), /stay within it/],
  ['quote = delimiter', manifestText('format: { quote: "|" }\n'), /are the same character/],
  ['escape = delimiter', manifestText('format: { escape: "|" }\n'), /escape and spec\.format\.delimiter are the same/],
  ['escape without quote', manifestText('format: { quote: "", escape: "x" }\n'), /no meaning without a quote/],
  ['delimiter in the null marker', manifestText('format: { nullMarker: "a|b" }\n'), /contains the delimiter/],
  ['quote in the null marker', manifestText('format: { nullMarker: "`N" }\n'), /contains the quote/],
  [
    'an app in the version tables that the dumps do not have',
    manifestText('format: { dumpName: "{version}.zip" }\n').replace(
      'name: database }',
      'name: database }, versionTableName: "{app}_{table}"',
    ),
    /versionTableName contains \{app\}, but spec\.format\.dumpName does not/,
  ],
  [
    'equal extensions',
    manifestText('format: { schemaExtension: .txt, datExtension: .txt }\n'),
    /datExtension are the same/,
  ],
  [
    'extensions that differ only in case',
    manifestText('format: { datExtension: .JSON }\n'),
    /datExtension are the same/,
  ],
  ['a dump name without version', manifestText('format: { dumpName: "{app}.zip" }\n'), /must contain \{version\} once/],
  [
    'a dump name with two versions',
    manifestText('format: { dumpName: "{version}-{version}" }\n'),
    /must contain \{version\} once/,
  ],
  [
    'a dump name with two apps',
    manifestText('format: { dumpName: "{app}-{app}_{version}" }\n'),
    /may contain \{app\} only once/,
  ],
  [
    'a dump name with nothing between',
    manifestText('format: { dumpName: "{app}{version}.zip" }\n'),
    /must have text between \{app\} and/,
  ],
  [
    'a dump name with nothing between, version first',
    manifestText('format: { dumpName: "{version}{app}" }\n'),
    /text between/,
  ],
  [
    'a dump name with a folder',
    manifestText('format: { dumpName: "{app}/{version}.zip" }\n'),
    /must be a file name without \//,
  ],
  [
    'a version table without table',
    MINIMAL.replace('target: {', 'target: { versionTableName: "{version}",'),
    /must contain \{table\}/,
  ],
  [
    'a version table named as its mother',
    MINIMAL.replace('target: {', 'target: { versionTableName: "{table}",'),
    /the name of the mother table/,
  ],
  ['ledger in the target schema', MINIMAL.replace('target: {', 'target: { ledgerSchema: public,'), /must differ/],
  [
    'too many streams',
    manifestText('loading: { streamsPerTable: 33 }\n'),
    /must be Auto or a whole number from 1 to 32/,
  ],
  [
    'streams in a word',
    manifestText('loading: { streamsPerTable: many }\n'),
    /must be Auto or a whole number from 1 to 32/,
  ],
  [
    'a label of no domain',
    template('labels: { "Example/team": a }'),
    /labels: a label's name must be \[domain\/\]name/,
  ],
  ['a label with too long a name', template(`labels: { ${'x'.repeat(64)}: a }`), /labels: a label's name must be/],
  [
    "a label of Motherload's",
    template('labels: { motherload.dev/task: Load }'),
    /reserved for Motherload and Kubernetes/,
  ],
  ['a standard label', template('labels: { app.kubernetes.io/name: other }'), /reserved for Motherload and Kubernetes/],
  [
    "a label of the Job controller's",
    template('labels: { batch.kubernetes.io/job-name: other }'),
    /reserved for Motherload and Kubernetes/,
  ],
  [
    'the label of the queue',
    template('labels: { kueue.x-k8s.io/queue-name: loads }'),
    /the queue is set in spec\.queueName/,
  ],
  [
    'an annotation without a name',
    template('annotations: { "example.com/": a }'),
    /annotations: an annotation's name must be/,
  ],
  [
    "an annotation of Motherload's",
    template('annotations: { motherload.dev/template: a }'),
    /security profiles of runner pods/,
  ],
  [
    'a security profile',
    template('annotations: { container.apparmor.security.beta.kubernetes.io/runner: unconfined }'),
    /security profiles of runner pods/,
  ],
  [
    'a value for Exists',
    template('tolerations: [{ key: a, operator: Exists, value: b }]'),
    /Exists must not have a value/,
  ],
  ['a toleration of everything that says Equal', template('tolerations: [{ value: b }]'), /requires operator: Exists/],
  [
    'seconds of no NoExecute',
    template('tolerations: [{ key: a, effect: NoSchedule, tolerationSeconds: 5 }]'),
    /tolerationSeconds requires effect: NoExecute/,
  ],
  [
    "a priority class of the cluster's own pods",
    template('priorityClassName: system-node-critical'),
    /reserved for the cluster's own pods/,
  ],
];

describe('a CEL rule of the CRD', () => {
  for (const [title, text, message] of BROKEN_RULES) {
    it(`refuses ${title}`, () => assert.match(problemsOf(text), message));
  }
  it('accepts a manifest that satisfies it', () => {
    assert.equal(
      problemsOf(
        manifestText('format: { quote: "\\"", escape: "\\\\", delimiter: ";" }\nloading: { streamsPerTable: 3 }\n'),
      ),
      'valid',
    );
    assert.equal(
      problemsOf(manifestText('format: { dumpName: "{version}_{app}", schemaExtension: .schema.dat }\n')),
      'valid',
    );
    assert.equal(problemsOf(FULL_TEMPLATE), 'valid');
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
