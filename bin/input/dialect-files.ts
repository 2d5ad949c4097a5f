import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpIngestionManifest, Manifests } from '../../crds/contract/manifest.ts';
import { referencedContent } from './referenced-content.ts';

/** Writes the type maps of the manifest's ConfigMaps to files, as a cluster mounts them. The result is the path of each dialect. */
export function writeDialectFiles(
  ingestion: DumpIngestionManifest,
  manifests: Manifests,
  folder: string,
): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, typesFrom } of ingestion.spec.format.dialects) {
    const reference = { kind: 'ConfigMap', ...typesFrom.configMapKeyRef } as const;
    const content = referencedContent(ingestion, manifests, reference, `the dialect ${name}`, 'NoConfigMap');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, content);
    files[name] = file;
  }
  return files;
}
