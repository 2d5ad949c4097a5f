import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestText } from '../../manifest.ts';
import { FULL_TEMPLATE } from './full-template.ts';
import { MINIMAL, problemsOf, template } from './problems.ts';

const TWO_AUTHORITIES = 'caSecretRef: { name: a }, caConfigMapRef: { name: b }';

const DATABASE = 'database: { driver: mysql, connectionSecretRef: { name: shop }, schema: crm, version: v1 }';
const withSource = (fields: string): string => MINIMAL.replace(/source: \{ volume: .*\}$/m, `source: { ${fields} }`);

/** Each CEL rule of the CRD that a file can break: what breaks it, and the message that must come. */
const BROKEN_RULES: [title: string, text: string, message: RegExp][] = [
  [
    'an allowed rewrite that is no quantity',
    manifestText('motherTables: { allowRewrite: much }\n'),
    /allowRewrite must be a number of bytes/,
  ],
  ['two volumes', MINIMAL.replace('volume: {', 'volume: { nfs: { server: a, path: /b },'), /exactly one of/],
  [
    'an unknown volume',
    MINIMAL.replace('persistentVolumeClaim: { claimName: dumps }', 'emptyDir: {}'),
    /unknown field "emptyDir"/,
  ],
  [
    'a volume and a bucket',
    withSource('volume: { hostPath: { path: /a } }, s3: { bucket: dumps }'),
    /exactly one of volume, s3, https, database/,
  ],
  ['no source', withSource('include: ["*.zip"]'), /exactly one of volume, s3, https, database/],
  ['a path in a bucket', withSource('s3: { bucket: dumps }, path: a'), /set spec\.source\.s3\.prefix instead/],
  ['a bucket as a URL', withSource('s3: { bucket: "s3://dumps" }'), /a bucket's name alone/],
  [
    'a prefix out of the bucket',
    withSource('s3: { bucket: dumps, prefix: a/../b }'),
    /must not begin with \/ or have a part/,
  ],
  [
    'an endpoint with a password',
    withSource('s3: { bucket: dumps, endpoint: "https://a:b@minio" }'),
    /the URL of the server/,
  ],
  ['a region with a blank', withSource('s3: { bucket: dumps, region: "eu west" }'), /the name of a region/],
  [
    'a key with a blank',
    withSource('s3: { bucket: dumps, caSecretRef: { name: a, key: "a b" } }'),
    /a key of a Secret/,
  ],
  [
    'URLs and an index',
    withSource('https: { urls: ["https://a/b.zip"], indexUrl: "https://a/b" }'),
    /either urls or indexUrl/,
  ],
  ['no way to decrypt', withSource('s3: { bucket: dumps }, decryption: {}'), /must have gpg, zip or both/],
  ['no key', withSource('s3: { bucket: dumps }, decryption: { gpg: {} }'), /keySecretRef, passphraseSecretRef or both/],
  ['a URL without TLS', withSource('https: { urls: ["http://a.example/b.zip"] }'), /must begin with https/],
  ['an index on another scheme', withSource('https: { indexUrl: "file:///etc/passwd" }'), /must begin with https/],
  ['a database and a bucket', withSource(`${DATABASE}, s3: { bucket: dumps }`), /exactly one of/],
  [
    'a format of files with a database',
    withSource(DATABASE).replace('source:', 'format: { delimiter: ";" }\n  source:'),
    /spec\.format describes files/,
  ],
  [
    'a preset with a database',
    withSource(DATABASE).replace('source:', 'format: { preset: csv }\n  source:'),
    /spec\.format describes files/,
  ],
  [
    'an archive with a database',
    withSource(DATABASE).replace('source:', 'archive: { action: Delete }\n  source:'),
    /web servers and databases are only read/,
  ],
  [
    'folders with a database',
    withSource(DATABASE).replace('target: {', 'target: { versionTableName: "{folder}_{table}",'),
    /contains \{folder\}/,
  ],
  [
    'a key of a URI with a blank',
    withSource(DATABASE.replace('name: shop', 'name: shop, key: "a b"')),
    /a key of a Secret/,
  ],
  ['a schema too long for MySQL', withSource(DATABASE.replace('crm', 'x'.repeat(65))), /at most 64 characters/],
  ['a path out of the volume', MINIMAL.replace('source: {', 'source: { path: a/../../b,'), /stay within it/],
  ['an absolute path', MINIMAL.replace('source: {', 'source: { path: /etc,'), /stay within it/],
  ['quote = delimiter', manifestText('format: { quote: "|" }\n'), /are the same character/],
  ['escape = delimiter', manifestText('format: { escape: "|" }\n'), /escape and spec\.format\.delimiter are the same/],
  [
    'escape without quote',
    manifestText('format: { quote: "", escape: "x" }\n'),
    /without a quote the only escape is a backslash/,
  ],
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
  ...['Recreate', 'Purge'].map((policy): [string, string, RegExp] => [
    `a DumpIngestion that deletes itself, and drops tables when it is applied again (${policy})`,
    manifestText(`motherTables: { policy: ${policy} }\nttlSecondsAfterFinished: 60\n`),
    /ttlSecondsAfterFinished must not be set if spec\.motherTables\.policy is Recreate or Purge/,
  ]),
  ['two authorities', MINIMAL.replace('target: {', `target: { tls: { ${TWO_AUTHORITIES} },`), /tls must not have both/],
  [
    'a schema of more than 63 bytes, in fewer characters',
    MINIMAL.replace('target: {', `target: { schema: ${'é'.repeat(32)},`),
    /spec\.target\.schema must have at most 63 bytes in UTF-8/,
  ],
  [
    'a ledger schema of more than 63 bytes',
    MINIMAL.replace('target: {', `target: { ledgerSchema: ${'𝒮'.repeat(16)},`),
    /spec\.target\.ledgerSchema must have at most 63 bytes in UTF-8/,
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
    'too many tables in a Job',
    manifestText('loading: { tablesPerJob: 101 }\n'),
    /tablesPerJob must be Auto or a whole number from 1 to 100/,
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
    const extension = manifestText('format: { dumpName: "{version}_{app}", schemaExtension: .schema.dat }\n');
    assert.equal(problemsOf(extension), 'valid');
    assert.equal(problemsOf(FULL_TEMPLATE), 'valid');
  });
});
