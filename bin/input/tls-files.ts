import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { DATABASE_FILES } from '../../crds/contract/task.ts';

/** Writes the certificates of `spec.target.tls` to files that only this user can read, as a cluster mounts them. */
export function writeTlsFiles(ingestion: DumpIngestionManifest, manifests: Manifests, folder: string): void {
  const { caSecretRef, caConfigMapRef, certificateSecretRef } = ingestion.spec.target.tls ?? {};
  const { authority, certificate, key } = DATABASE_FILES;
  const { secrets, configMaps } = manifests;
  const write = (kind: string, from: Manifests['secrets'], name: string, entry: string, file: string) => {
    const entries = from.get(keyOf(ingestion.metadata.namespace, name));
    const text = entries?.[entry];
    if (text === undefined) throw missing(ingestion, `${kind} ${name}`, entry, entries !== undefined);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), text, { mode: 0o600 });
  };
  if (caSecretRef !== undefined) write('Secret', secrets, caSecretRef.name, caSecretRef.key, authority);
  if (caConfigMapRef !== undefined) write('ConfigMap', configMaps, caConfigMapRef.name, caConfigMapRef.key, authority);
  if (certificateSecretRef !== undefined)
    for (const name of [certificate, key]) write('Secret', secrets, certificateSecretRef.name, name, name);
}

function missing(
  { metadata: { name, namespace } }: DumpIngestionManifest,
  object: string,
  key: string,
  found: boolean,
): ManifestError {
  const message = found
    ? `DumpIngestion ${name}: spec.target.tls refers to the key ${key}, which the ${object} does not have`
    : `DumpIngestion ${name}: spec.target.tls refers to the ${object} of namespace ${namespace}, which none of the files contains: add its file with -f, or use --database with sslrootcert in the URI`;
  return new ManifestError('NoCertificate', message);
}
