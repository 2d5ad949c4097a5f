import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpIngestionManifest, Manifests } from '../../crds/contract/manifest.ts';
import { DATABASE_FILES } from '../../crds/contract/task.ts';
import { referencedContent, type Reference } from './referenced-content.ts';

/** Writes the certificates of `spec.target.tls` to files that only this user can read, as a cluster mounts them. */
export function writeTlsFiles(ingestion: DumpIngestionManifest, manifests: Manifests, folder: string): void {
  const { caSecretRef, caConfigMapRef, certificateSecretRef } = ingestion.spec.target.tls ?? {};
  const { authority, certificate, key } = DATABASE_FILES;
  const write = (reference: Reference, file: string): void => {
    const content = referencedContent(ingestion, manifests, reference, 'spec.target.tls', 'NoCertificate');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), content, { mode: 0o600 });
  };
  if (caSecretRef !== undefined) write({ kind: 'Secret', ...caSecretRef }, authority);
  if (caConfigMapRef !== undefined) write({ kind: 'ConfigMap', ...caConfigMapRef }, authority);
  if (certificateSecretRef !== undefined)
    for (const file of [certificate, key]) write({ kind: 'Secret', ...certificateSecretRef, key: file }, file);
}
