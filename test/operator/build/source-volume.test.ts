import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task } from '../../../crds/contract/task.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import { buildJob } from '../../../operator/build/job.ts';
import type { Work } from '../../../operator/decide/action.ts';
import { UID } from '../fixtures.ts';
import { CATALOGUE, FINISH, LOAD, SETTINGS } from './jobs.ts';

function podOf(work: Work, source: string) {
  const text = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: nightly }
spec: { source: ${source}, target: { databaseSecretRef: { name: database } }, jobTemplate: { serviceAccountName: loader } }`;
  const [manifest] = readManifests([{ name: 'test.yaml', text }]).ingestions;
  assert(manifest !== undefined);
  const metadata = { namespace: 'default', name: 'nightly', uid: UID, generation: 1 };
  const pod = buildJob({ metadata, spec: manifest.spec, status: {} }, work, SETTINGS).spec?.template.spec;
  const [container] = pod?.containers ?? [];
  assert(pod !== undefined && container !== undefined);
  const task = JSON.parse(container.env?.find(({ name }) => name === 'MOTHERLOAD_TASK')?.value ?? '') as Task;
  return { pod, container, task, volumes: pod.volumes?.map(({ name }) => name) };
}

const WITH_SECRETS =
  '{ s3: { bucket: dumps, credentialsSecretRef: { name: keys, secretAccessKeyKey: secret }, caSecretRef: { name: authority } } }';

describe('a Job that reads encrypted dumps', () => {
  const FOLDER = '{ volume: { persistentVolumeClaim: { claimName: dumps } }, decryption: { gpg: GPG } }';
  const WITH_BOTH = FOLDER.replace(
    'GPG',
    '{ keySecretRef: { name: gpg }, passphraseSecretRef: { name: gpg, key: words } }',
  );

  it('mounts key and passphrase as files, and a folder in memory for what gpg makes of them', () => {
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, container, task, volumes } = podOf(work, WITH_BOTH);
      assert.deepEqual(volumes, ['dumps', 'source', 'gpg', 'database', 'temporary']);
      assert.deepEqual(pod.volumes?.[1]?.projected?.sources, [
        { secret: { name: 'gpg', items: [{ key: 'gpg-key', path: 'gpg-key' }] } },
        { secret: { name: 'gpg', items: [{ key: 'words', path: 'gpg-passphrase' }] } },
      ]);
      assert.deepEqual(pod.volumes[2]?.emptyDir, { medium: 'Memory', sizeLimit: '16Mi' });
      assert.deepEqual(container.volumeMounts?.slice(0, 3), [
        { name: 'dumps', mountPath: '/dumps', readOnly: true },
        { name: 'source', mountPath: '/source', readOnly: true },
        { name: 'gpg', mountPath: '/gpg' },
      ]);
      assert(task.kind !== 'Finish');
      assert.deepEqual(task.decryption, {
        gpg: { keyFile: '/source/gpg-key', passphraseFile: '/source/gpg-passphrase', homeFolder: '/gpg' },
      });
    }
  });

  it('needs no key for a passphrase alone, and a bucket has its own Secrets beside', () => {
    const { task, pod } = podOf(
      LOAD,
      '{ s3: { bucket: dumps, caSecretRef: { name: ca } }, decryption: { gpg: { passphraseSecretRef: { name: p } } } }',
    );
    assert(task.kind !== 'Finish');
    assert.deepEqual(task.decryption, { gpg: { passphraseFile: '/source/gpg-passphrase', homeFolder: '/gpg' } });
    assert.equal(pod.volumes?.[0]?.projected?.sources?.length, 2);
  });

  it('mounts the password of ZIPs as a file, and needs no memory for keys', () => {
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, task, volumes } = podOf(
        work,
        FOLDER.replace('{ gpg: GPG }', '{ zip: { passwordSecretRef: { name: zips } } }'),
      );
      assert.deepEqual(volumes, ['dumps', 'source', 'database', 'temporary']);
      assert.deepEqual(pod.volumes?.[1]?.projected?.sources, [
        { secret: { name: 'zips', items: [{ key: 'password', path: 'zip-password' }] } },
      ]);
      assert(task.kind !== 'Finish');
      assert.deepEqual(task.decryption, { zipPasswordFile: '/source/zip-password' });
    }
  });

  it('needs none of it to finish', () => {
    assert.deepEqual(podOf(FINISH, WITH_BOTH).volumes, ['database', 'temporary']);
  });
});

describe('a Job that reads from a bucket', () => {
  it('mounts the Secrets as files and no volume with dumps, and its task has no value of them', () => {
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, container, task, volumes } = podOf(work, WITH_SECRETS);
      assert.deepEqual(volumes, ['source', 'database', 'temporary']);
      assert.deepEqual(pod.volumes?.[0]?.projected?.sources, [
        {
          secret: {
            name: 'keys',
            items: [
              { key: 'AWS_ACCESS_KEY_ID', path: 'access-key-id' },
              { key: 'secret', path: 'secret-access-key' },
            ],
          },
        },
        { secret: { name: 'keys', items: [{ key: 'AWS_SESSION_TOKEN', path: 'session-token' }], optional: true } },
        { secret: { name: 'authority', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ]);
      assert.deepEqual(container.volumeMounts?.[0], { name: 'source', mountPath: '/source', readOnly: true });
      assert(task.kind !== 'Finish');
      assert.deepEqual(
        [task.dumpsFolder, task.remote?.secretsFolder, task.remote?.s3?.bucket],
        ['', '/source', 'dumps'],
      );
    }
  });

  it('mounts nothing where the ServiceAccount of the template is its identity', () => {
    const { pod, volumes } = podOf(LOAD, '{ s3: { bucket: dumps } }');
    assert.deepEqual(volumes, ['database', 'temporary']);
    assert.deepEqual([pod.serviceAccountName, pod.automountServiceAccountToken], ['loader', false]);
  });

  it('mounts the headers of web servers', () => {
    const { pod } = podOf(LOAD, '{ https: { indexUrl: "https://a.example/list", headersSecretRef: { name: token } } }');
    assert.deepEqual(pod.volumes?.[0]?.projected?.sources, [
      { secret: { name: 'token', items: [{ key: 'headers', path: 'headers' }] } },
    ]);
  });

  it('mounts the URI of a source database, and its authority', () => {
    const source =
      '{ database: { driver: mysql, connectionSecretRef: { name: shop }, caSecretRef: { name: authority, key: root }, schema: crm, version: v7, maxParallelReads: 6 } }';
    for (const work of [CATALOGUE, LOAD]) {
      const { pod, task, volumes } = podOf(work, source);
      assert.deepEqual(volumes, ['source', 'database', 'temporary']);
      assert.deepEqual(pod.volumes?.[0]?.projected?.sources, [
        { secret: { name: 'shop', items: [{ key: 'uri', path: 'connection' }] } },
        { secret: { name: 'authority', items: [{ key: 'root', path: 'ca.crt' }] } },
      ]);
      assert(task.kind !== 'Finish');
      assert.deepEqual([task.dumpsFolder, task.remote], ['', undefined]);
      assert.deepEqual(task.database, {
        ...{ driver: 'mysql', connectionSecretRef: { name: 'shop', key: 'uri' } },
        ...{ caSecretRef: { name: 'authority', key: 'root' }, schema: 'crm', version: 'v7' },
        ...{
          includeTables: ['*'],
          excludeTables: [],
          snapshot: 'PerTable',
          maxParallelReads: 6,
          secretsFolder: '/source',
        },
        // With two Jobs at a time.
        ...(task.kind === 'Catalogue' ? {} : { readsPerTable: 3 }),
      });
      const { delimiter, escape, nullMarker, header, encoding, dialect, binaryValues } = task.format;
      assert.deepEqual(
        [delimiter, escape, nullMarker, header, encoding, dialect, binaryValues],
        ['\t', '\\', '\\N', false, 'UTF8', 'mysql', 'Raw'],
      );
    }
  });

  it('needs none of it to finish', () => {
    assert.deepEqual(podOf(FINISH, WITH_SECRETS).volumes, ['database', 'temporary']);
  });
});
