import type { V1Volume, V1VolumeProjection } from '@kubernetes/client-node';
import { ManifestError } from '../../crds/contract/errors.ts';
import { SOURCE_FILES, type Decryption, type Source } from '../../crds/contract/task.ts';

/** The names of the volumes: of a folder with dumps, and of the Secrets of a bucket or a server. */
export const DUMPS_VOLUME = 'dumps';
export const SOURCE_VOLUME = 'source';
/** Imported keys, which are on no disk: a keyring, and the sockets of its agent. */
export const GPG_VOLUME = 'gpg';
const GPG_HOME = { medium: 'Memory', sizeLimit: '16Mi' };

/** Readable for the runner, whose user the image or the cluster chooses. A projected volume belongs to root. */
const READABLE = 0o444;

/** What a runner needs to read the dumps: their volume, or the Secrets of where they lie, as the files that it looks for. */
export function buildSourceVolumes(source: Source, allowHostPath: boolean): readonly V1Volume[] {
  const { volume } = source;
  const secrets = buildSecretVolumes(source);
  if (volume === undefined) return secrets;
  if (!allowHostPath) refuseHostPath(volume, 'spec.source.volume');
  return [{ name: DUMPS_VOLUME, ...volume }, ...secrets];
}

export function refuseHostPath({ hostPath }: { readonly hostPath?: unknown }, field: string): void {
  if (hostPath === undefined) return;
  const message = `${field}.hostPath is not allowed by this installation; use a persistentVolumeClaim, or ask the administrator to set allowHostPath in the chart`;
  throw new ManifestError('HostPathNotAllowed', message);
}

/** What the runner decrypts with, by the folders where it finds the Secrets and may keep keys. */
export function buildDecryption(
  { decryption }: Source,
  { secrets, home }: { readonly secrets: string; readonly home: string },
): Decryption | undefined {
  if (decryption === undefined) return undefined;
  const { gpg, zip } = decryption;
  const { keySecretRef, passphraseSecretRef } = gpg ?? {};
  const files = {
    ...(keySecretRef === undefined ? {} : { keyFile: `${secrets}/${SOURCE_FILES.gpgKey}` }),
    ...(passphraseSecretRef === undefined ? {} : { passphraseFile: `${secrets}/${SOURCE_FILES.gpgPassphrase}` }),
    homeFolder: home,
  };
  return {
    ...(gpg === undefined ? {} : { gpg: files }),
    ...(zip === undefined ? {} : { zipPasswordFile: `${secrets}/${SOURCE_FILES.zipPassword}` }),
  };
}

function buildSecretVolumes({ s3, https, database, decryption }: Source): readonly V1Volume[] {
  const { credentialsSecretRef } = s3 ?? {};
  const { headersSecretRef } = https ?? {};
  const { connectionSecretRef } = database ?? {};
  const caSecretRef = (s3 ?? https ?? database)?.caSecretRef;
  const sources: V1VolumeProjection[] = [];
  const add = (name: string, items: Readonly<Record<string, string>>, optional = false): void => {
    const paths = Object.entries(items).map(([path, key]) => ({ key, path }));
    sources.push({ secret: { name, items: paths, ...(optional ? { optional } : {}) } });
  };
  if (credentialsSecretRef !== undefined) {
    const { name, accessKeyIdKey, secretAccessKeyKey, sessionTokenKey } = credentialsSecretRef;
    add(name, { [SOURCE_FILES.accessKeyId]: accessKeyIdKey, [SOURCE_FILES.secretAccessKey]: secretAccessKeyKey });
    add(name, { [SOURCE_FILES.sessionToken]: sessionTokenKey }, true);
  }
  if (headersSecretRef !== undefined) add(headersSecretRef.name, { [SOURCE_FILES.headers]: headersSecretRef.key });
  if (connectionSecretRef !== undefined)
    add(connectionSecretRef.name, { [SOURCE_FILES.connection]: connectionSecretRef.key });
  if (caSecretRef !== undefined) add(caSecretRef.name, { [SOURCE_FILES.authority]: caSecretRef.key });
  const { keySecretRef, passphraseSecretRef } = decryption?.gpg ?? {};
  if (keySecretRef !== undefined) add(keySecretRef.name, { [SOURCE_FILES.gpgKey]: keySecretRef.key });
  if (passphraseSecretRef !== undefined)
    add(passphraseSecretRef.name, { [SOURCE_FILES.gpgPassphrase]: passphraseSecretRef.key });
  const { passwordSecretRef } = decryption?.zip ?? {};
  if (passwordSecretRef !== undefined)
    add(passwordSecretRef.name, { [SOURCE_FILES.zipPassword]: passwordSecretRef.key });
  const volumes = sources.length === 0 ? [] : [{ name: SOURCE_VOLUME, projected: { defaultMode: READABLE, sources } }];
  return decryption?.gpg === undefined ? volumes : [...volumes, { name: GPG_VOLUME, emptyDir: GPG_HOME }];
}
