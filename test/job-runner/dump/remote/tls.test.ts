import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { S3Source } from '../../../../crds/contract/task.ts';
import { bucketSource } from '../../../../job-runner/dump/remote/s3/bucket-source.ts';
import { webSource } from '../../../../job-runner/dump/remote/https/web-source.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { startWebServer } from '../../../bucket/web-server.ts';
import { Certificates } from '../../../cluster/certificates.ts';
import { freePort } from '../../../cluster/ports.ts';
import { writeDump } from '../../../end-to-end/dumps.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const GLOBS = { include: ['**/*.zip'], exclude: [] };
const folder = temporaryFolder();
const certificates = new Certificates(join(folder, 'certificates'));
await certificates.makeAuthority();
await certificates.make('server', { name: 'server', addresses: ['localhost'] });
const other = new Certificates(join(folder, 'others'));
await other.makeAuthority();

const gateway = await Gateway.start({
  tls: { certificate: certificates.certificate('server'), key: certificates.key('server') },
});
const plain = await Gateway.start();
Object.assign(process.env, gateway.environment);
await writeDump(folder, 'crm_v1.zip', { rides: { columns: { ride_id: 'int' }, rows: [[1]] } });
copyFileSync(join(folder, 'crm_v1.zip'), join(gateway.folder, gateway.createBucket('dumps'), 'crm_v1.zip'));

const secretsWith = (authority: string): string => {
  const secrets = join(folder, crypto.randomUUID());
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'ca.crt'), authority);
  return secrets;
};
const trusted = secretsWith(readFileSync(certificates.authority, 'utf8'));
const list = async (endpoint: string, secrets: string | undefined): Promise<string[]> => {
  const spec: S3Source = {
    ...{ bucket: 'dumps', prefix: '', endpoint },
    ...(secrets === undefined ? {} : { caSecretRef: { name: 'authority', key: 'ca.crt' } }),
  };
  return (await (await bucketSource(spec, secrets)).list(GLOBS)).map(({ file }) => file);
};

describe('a bucket behind TLS', () => {
  it('is trusted by the authority of caSecretRef', async () => {
    assert.deepEqual(await list(gateway.endpoint, trusted), ['crm_v1.zip']);
  });

  const untrusted: [title: string, endpoint: string, secrets: string | undefined, message: RegExp][] = [
    ['without an authority', gateway.endpoint, undefined, /authority that is not known.*set caSecretRef/],
    [
      'with the authority of somebody else',
      ...([gateway.endpoint, secretsWith(readFileSync(other.authority, 'utf8'))] as const),
      /authority that is not known|not signed by/,
    ],
    ['under another name', `https://127.0.0.1:${gateway.port}`, trusted, /for another host name/],
    ['where the server speaks no TLS', `https://localhost:${plain.port}`, trusted, /does not speak TLS/],
    [
      'by an authority that is no certificate',
      gateway.endpoint,
      secretsWith('no certificate'),
      /not a certificate in PEM/,
    ],
  ];
  for (const [title, endpoint, secrets, message] of untrusted)
    it(`is not trusted ${title}`, async () => {
      const failure = await failureOf(list(endpoint, secrets));
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceTls']);
      assert.match(failure.message, message);
    });

  it('is not reached: it is tried for a while, and the error is one to be retried', async () => {
    const failure = await failureOf(list(`https://localhost:${await freePort()}`, trusted));
    assert.deepEqual([failure.kind, failure.code], ['Transient', 'SourceUnreachable']);
    assert.match(failure.message, /ECONNREFUSED/);
  });

  it('has a Secret without its file: the error names the field', async () => {
    const failure = await failureOf(list(gateway.endpoint, join(folder, 'nowhere')));
    assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceSecret']);
    assert.match(failure.message, /caSecretRef/);
  });
});

describe('a web server behind TLS', () => {
  it('is trusted by the authority of caSecretRef, and by no other', async () => {
    const { key, certificate } = certificates.read('server');
    const server = await startWebServer(folder, { key, cert: certificate });
    const https = { urls: [`${server.origin}/crm_v1.zip`] };
    const caSecretRef = { name: 'authority', key: 'ca.crt' };
    const source = await webSource({ https: { ...https, caSecretRef }, secretsFolder: trusted });
    assert((await source.open('crm_v1.zip')).size > 100);
    const failure = await failureOf(webSource({ https }).then((opened) => opened.open('crm_v1.zip')));
    assert.equal(failure.code, 'SourceTls');
  });
});
