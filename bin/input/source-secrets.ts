import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { SOURCE_FILES, type Source } from '../../crds/contract/task.ts';
import { referencedContent } from './referenced-content.ts';

export interface LocalSecrets {
  /** The manifest without the references that this machine's environment takes the place of. */
  readonly manifest: DumpIngestionManifest;
  readonly folder: string | undefined;
}

/**
 * Writes the Secrets of `spec.source` to files that only this user can read, as a cluster mounts them. The access key of a bucket is the
 * environment's, and known authorities are those of Node, where the files given with -f do not have the Secret.
 */
export function writeSourceSecrets(
  manifest: DumpIngestionManifest,
  manifests: Manifests,
  folder: string,
): LocalSecrets {
  const { s3, https, database } = manifest.spec.source;
  const isGiven = (name: string | undefined): boolean =>
    name !== undefined && manifests.secrets.has(keyOf(manifest.metadata.namespace, name));
  const files: [file: string, name: string, key: string][] = [];
  const credentials = isGiven(s3?.credentialsSecretRef?.name) ? s3?.credentialsSecretRef : undefined;
  if (credentials !== undefined) {
    const { name, accessKeyIdKey, secretAccessKeyKey, sessionTokenKey } = credentials;
    files.push([SOURCE_FILES.accessKeyId, name, accessKeyIdKey]);
    files.push([SOURCE_FILES.secretAccessKey, name, secretAccessKeyKey]);
    if (manifests.secrets.get(keyOf(manifest.metadata.namespace, name))?.[sessionTokenKey] !== undefined)
      files.push([SOURCE_FILES.sessionToken, name, sessionTokenKey]);
  }
  const given = (s3 ?? https ?? database)?.caSecretRef;
  const authority = isGiven(given?.name) ? given : undefined;
  if (authority !== undefined) files.push([SOURCE_FILES.authority, authority.name, authority.key]);
  const { headersSecretRef } = https ?? {};
  if (headersSecretRef !== undefined) files.push([SOURCE_FILES.headers, headersSecretRef.name, headersSecretRef.key]);
  const { connectionSecretRef } = database ?? {};
  if (connectionSecretRef !== undefined)
    files.push([SOURCE_FILES.connection, connectionSecretRef.name, connectionSecretRef.key]);
  for (const [file, name, key] of files) {
    const content = referencedContent(
      manifest,
      manifests,
      { kind: 'Secret', name, key },
      'spec.source',
      'SourceSecret',
    );
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), content, { mode: 0o600 });
  }
  const source = withoutMissing(manifest.spec.source, credentials !== undefined, authority !== undefined);
  return {
    manifest: { ...manifest, spec: { ...manifest.spec, source } },
    folder: files.length === 0 ? undefined : folder,
  };
}

function withoutMissing(source: Source, hasCredentials: boolean, hasAuthority: boolean): Source {
  const { s3, https, database } = source;
  if (database !== undefined) {
    const { caSecretRef, ...address } = database;
    return {
      ...source,
      database: { ...address, ...(hasAuthority && caSecretRef !== undefined ? { caSecretRef } : {}) },
    };
  }
  if (s3 !== undefined) {
    const { credentialsSecretRef, caSecretRef, ...address } = s3;
    return {
      ...source,
      s3: {
        ...address,
        ...(hasCredentials && credentialsSecretRef !== undefined ? { credentialsSecretRef } : {}),
        ...(hasAuthority && caSecretRef !== undefined ? { caSecretRef } : {}),
      },
    };
  }
  if (https === undefined || hasAuthority) return source;
  const { urls, indexUrl, headersSecretRef } = https;
  return {
    ...source,
    https: {
      ...(urls === undefined ? {} : { urls }),
      ...(indexUrl === undefined ? {} : { indexUrl }),
      ...(headersSecretRef === undefined ? {} : { headersSecretRef }),
    },
  };
}
