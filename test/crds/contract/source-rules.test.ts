import { describe } from 'node:test';
import { MINIMAL, refusesEach, type BrokenRule } from './problems.ts';

const DATABASE = 'database: { driver: mysql, connectionSecretRef: { name: shop }, schema: crm, version: v1 }';
const withSource = (fields: string): string => MINIMAL.replace(/source: \{ volume: .*\}$/m, `source: { ${fields} }`);

const BROKEN_RULES: readonly BrokenRule[] = [
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
];

describe('a CEL rule of spec.source', () => {
  refusesEach(BROKEN_RULES);
});
