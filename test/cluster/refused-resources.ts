import {
  dialect,
  dumpIngestion,
  scheduled,
  source,
  tableIngestion,
  target,
  template,
  type Fields,
} from './custom-resources.ts';

const DATABASE = { driver: 'mysql', connectionSecretRef: { name: 'shop' }, schema: 'crm', version: 'v1' };

/** Specs that violate a rule, by the start of the rule's message: a rule without a line here fails the last test of its suite. */
export const BROKEN: [messageStart: string, spec: Fields][] = [
  [
    'spec.source.volume must have exactly one',
    { source: source({ volume: { nfs: { server: 'a', path: '/b' }, hostPath: { path: '/c' } } }) },
  ],
  ['spec.source must have exactly one of volume', { source: source({ s3: { bucket: 'dumps' } }) }],
  ['spec.source must have exactly one of volume', { source: {} }],
  ['spec.source.path is a folder of spec.source.volume', { source: { s3: { bucket: 'dumps' }, path: 'nightly' } }],
  ...['s3://dumps', 'dumps/nightly', 'a', 'dumps..old'].map((bucket): [string, Fields] => [
    'spec.source.s3.bucket must be',
    { source: { s3: { bucket } } },
  ]),
  ...['/nightly', 'a/../b', './a'].map((prefix): [string, Fields] => [
    'spec.source.s3.prefix must not begin',
    { source: { s3: { bucket: 'dumps', prefix } } },
  ]),
  ...['minio:9000', 'https://user:secret@minio', 'https://minio/?a=b', 'ftp://minio', 'https://'].map(
    (endpoint): [string, Fields] => [
      'spec.source.s3.endpoint must be',
      { source: { s3: { bucket: 'dumps', endpoint } } },
    ],
  ),
  ['spec.source.s3.region must be', { source: { s3: { bucket: 'dumps', region: 'eu west' } } }],
  [
    'a key of a Secret in spec.source',
    { source: { s3: { bucket: 'dumps', credentialsSecretRef: { name: 'a', accessKeyIdKey: 'a b' } } } },
  ],
  ['a key of a Secret in spec.source', { source: { s3: { bucket: 'dumps', caSecretRef: { name: 'a', key: '' } } } }],
  [
    'a key of a Secret in spec.source',
    { source: { database: { ...DATABASE, connectionSecretRef: { name: 'a', key: '' } } } },
  ],
  [
    'spec.source.database.schema has at most 64 characters in MySQL',
    { source: { database: { ...DATABASE, schema: 'x'.repeat(65) } } },
  ],
  [
    'spec.source.database.snapshot AllTables is for the driver mysql',
    { source: { database: { ...DATABASE, driver: 'mssql', snapshot: 'AllTables' } } },
  ],
  [
    'spec.loading.onExisting must be Fail or Replace if spec.source.database.snapshot is AllTables',
    { source: { database: { ...DATABASE, snapshot: 'AllTables' } }, loading: { onExisting: 'Skip' } },
  ],
  ...[{ preset: 'csv' }, { header: true }, { tables: [{ match: 'a' }] }].map((format): [string, Fields] => [
    'spec.format describes files',
    { source: { database: DATABASE }, format },
  ]),
  [
    'spec.target.versionTableName contains {folder}',
    { source: { database: DATABASE }, target: target({ versionTableName: '{folder}_{version}_{table}' }) },
  ],
  ['spec.source.https must have either', { source: { https: {} } }],
  ['spec.source.decryption must have', { source: source({ decryption: {} }) }],
  ['spec.source.decryption.gpg must have', { source: source({ decryption: { gpg: {} } }) }],
  ...[
    { gpg: { keySecretRef: { name: 'a', key: 'a b' } } },
    { gpg: { passphraseSecretRef: { name: 'a', key: '' } } },
    { zip: { passwordSecretRef: { name: 'a', key: 'a b' } } },
  ].map((decryption): [string, Fields] => ['a key of a Secret in spec.source', { source: source({ decryption }) }]),
  [
    'spec.source.https must have either',
    { source: { https: { urls: ['https://a.example/x.zip'], indexUrl: 'https://a.example/index' } } },
  ],
  ...['http://a.example/x.zip', 'https://u:p@a.example/x.zip', 'https://a.example/x.zip#y', 'file:///etc/passwd'].map(
    (url): [string, Fields] => ['a URL in spec.source.https must', { source: { https: { urls: [url] } } }],
  ),
  ['a URL in spec.source.https must', { source: { https: { indexUrl: 'http://a.example/index' } } }],
  ['spec.source.path must be relative', { source: source({ path: 'a/../../b' }) }],
  ['spec.source.path must be relative', { source: source({ path: '/etc' }) }],
  ['spec.format.quote and spec.format.delimiter', { format: { delimiter: '|', quote: '|' } }],
  [
    'spec.format.quote and spec.format.delimiter',
    { format: { tables: [{ match: 'address*', delimiter: ';', quote: ';' }] } },
  ],
  ['spec.format.recordTerminator and spec.format.delimiter', { format: { recordTerminator: '+|', delimiter: '+|' } }],
  ['spec.format.delimiter and spec.format.recordTerminator', { format: { preset: 'bcp-custom', delimiter: '+|' } }],
  ['spec.format.recordTerminator must be', { format: { recordTerminator: '\\n' } }],
  ['without a quote the only escape', { format: { quote: '', escape: 'x' } }],
  ['spec.format.escape and spec.format.delimiter', { format: { delimiter: '|', escape: '|' } }],
  ['spec.format.nullMarker contains the delimiter', { format: { delimiter: '|', nullMarker: 'a|b' } }],
  ['spec.format.nullMarker contains the quote', { format: { quote: '`', nullMarker: '`N' } }],
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
  ['spec.target.schema must have at most 63 bytes', { target: target({ schema: 'é'.repeat(32) }) }],
  ['spec.target.ledgerSchema must have at most 63 bytes', { target: target({ ledgerSchema: '𝒮'.repeat(16) }) }],
  ['spec.target.ledgerSchema must differ', { target: target({ ledgerSchema: 'public' }) }],
  ['spec.format.schemaExtension must be', { format: { schemaExtension: 'json' } }],
  ['spec.format.datExtension must be', { format: { datExtension: '.d/t' } }],
  ['spec.format.delimiter must be', { format: { delimiter: 'x' } }],
  ['spec.format.delimiter must be', { format: { delimiter: '\\' } }],
  ['spec.format.quote must be', { format: { quote: '""' } }],
  ['spec.format.escape must be', { format: { escape: ' ' } }],
  ['spec.format.nullMarker must not contain line ends', { format: { nullMarker: 'N\nULL' } }],
  ['spec.format.encoding must be', { format: { encoding: 'LATIN 1' } }],
  ['spec.format.encoding must be', { format: { tables: [{ match: 'address*', encoding: 'LATIN 1' }] } }],
  ['spec.format.dialect must be', { format: { dialect: 'MSSQL' } }],
  ["spec.format.dialectRules: a dialect's name", { format: { dialectRules: [{ dump: '*', dialect: '-a' }] } }],
  ["spec.format.dialects: a dialect's name", { format: { dialects: [dialect('A')] } }],
  [
    'spec.format.dialects: the key of a ConfigMap',
    { format: { dialects: [{ name: 'a', typesFrom: { configMapKeyRef: { name: 'types', key: 'a/b' } } }] } },
  ],
  ['spec.target.databaseSecretRef.key must be', { target: { databaseSecretRef: { name: 'd', key: 'a b' } } }],
  [
    'spec.target.tls must not have both',
    { target: target({ tls: { caSecretRef: { name: 'a' }, caConfigMapRef: { name: 'b' } } }) },
  ],
  ['a key in spec.target.tls must be', { target: target({ tls: { caSecretRef: { name: 'a', key: 'a b' } } }) }],
  ['a key in spec.target.tls must be', { target: target({ tls: { caConfigMapRef: { name: 'a', key: '' } } }) }],
  [
    'spec.ttlSecondsAfterFinished must not be set if spec.motherTables.policy is Recreate or Purge',
    { motherTables: { policy: 'Purge' }, ttlSecondsAfterFinished: 60 },
  ],
  ['spec.queueName must be', { queueName: 'Loads' }],
  ["spec.jobTemplate.labels: a label's value", template({ labels: { team: 'a b' } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { limits: { memory: 'much' } } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { limits: { memory: '-1Gi' } } })],
  ['spec.jobTemplate.resources: a quantity', template({ resources: { requests: { cpu: -1 } } })],
  ['spec.jobTemplate.priorityClassName must be', template({ priorityClassName: 'High' })],
  ['spec.jobTemplate.serviceAccountName must be', template({ serviceAccountName: 'a_b' })],
  ['spec.motherTables.allowRewrite must', { motherTables: { allowRewrite: 'much' } }],
  ['spec.motherTables.allowRewrite must', { motherTables: { allowRewrite: -1 } }],
  ['spec.loading.streamsPerTable', { loading: { streamsPerTable: 33 } }],
  ['spec.loading.streamsPerTable', { loading: { streamsPerTable: 'many' } }],
  ['spec.loading.tablesPerJob', { loading: { tablesPerJob: 0 } }],
  ['spec.loading.tablesPerJob', { loading: { tablesPerJob: 'auto' } }],
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

export const FAILURE = { kind: 'Data', code: 'NotAList', message: 'the schema file is not a list' };
export const BROKEN_TABLES: [messageStart: string, spec: Fields][] = [
  ['spec.failure is required', { decision: 'Fail' }],
  ['spec.failure is required', { failure: FAILURE }],
];

const named = (name: string): Fields => ({ ...scheduled(), metadata: { name, namespace: 'default' } });
const ofRuns = (metadata: Fields) => scheduled({}, {}, metadata);
export const BROKEN_SCHEDULES: [messageStart: string, resource: Fields][] = [
  ['metadata.name must have at most 52 characters', named('n'.repeat(53))],
  ['spec.schedule must have five fields', scheduled({ schedule: '0 2 * *' })],
  ['spec.schedule must have five fields', scheduled({ schedule: 'CRON_TZ=Europe/Berlin 0 2 * * *' })],
  ['spec.schedule must have five fields', scheduled({ schedule: 'TZ=UTC 2 * * *' })],
  ['spec.schedule must have five fields', scheduled({ schedule: '@every 5m' })],
  ['spec.schedule must have five fields', scheduled({ schedule: ' ' })],
  ['spec.timeZone must be a name', scheduled({ timeZone: '+01:00' })],
  ["spec.ingestionTemplate.metadata.labels: a label's value", ofRuns({ labels: { team: 'a b' } })],
  ["spec.ingestionTemplate.metadata.labels: a label's name", ofRuns({ labels: { 'Example/team': 'a' } })],
  ['spec.ingestionTemplate.metadata.labels: motherload.dev/', ofRuns({ labels: { 'motherload.dev/schedule': 'a' } })],
  [
    "spec.ingestionTemplate.metadata.annotations: an annotation's name",
    ofRuns({ annotations: { 'example.com/': 'a' } }),
  ],
  [
    'spec.ingestionTemplate.metadata.annotations: motherload.dev/',
    ofRuns({ annotations: { 'motherload.dev/scheduled-at': 'now' } }),
  ],
];

/** Updates that transition rules refuse: the resource, its change, the start of the message. */
export const IMMUTABLE: [messageStart: string, resource: Fields, changed: Fields][] = [
  ['spec.target is immutable', dumpIngestion(), dumpIngestion({ target: target({ schema: 'other' }) })],
  ['spec.source is immutable', dumpIngestion(), dumpIngestion({ source: source({ include: ['crm_*.zip'] }) })],
  ['spec.format is immutable', dumpIngestion(), dumpIngestion({ format: { delimiter: ';' } })],
  ['spec.archive is immutable', dumpIngestion(), dumpIngestion({ archive: { action: 'Delete' } })],
  ['spec.motherTables is immutable', dumpIngestion(), dumpIngestion({ motherTables: { policy: 'Purge' } })],
  ['spec is immutable, since it is what', tableIngestion(), tableIngestion({ decision: 'Skip' })],
];
