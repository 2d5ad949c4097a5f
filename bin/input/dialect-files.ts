import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpIngestionManifest, Manifests } from '../../crds/contract/manifest.ts';

/** Writes the type maps that the manifest takes from ConfigMaps into files, as a cluster mounts them; paths by the dialect's name. */
export function writeDialectFiles(ingestion: DumpIngestionManifest, manifests: Manifests, folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, typesFrom } of ingestion.spec.format.dialects) {
    const { name: configMap, key } = typesFrom.configMapKeyRef;
    const text = manifests.configMaps.get(configMap)?.[key];
    if (text === undefined) throw missing(ingestion.metadata.name, name, configMap, key, manifests.configMaps.has(configMap));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    files[name] = file;
  }
  return files;
}

function missing(ingestion: string, dialect: string, configMap: string, key: string, found: boolean): ManifestError {
  const message = found
    ? `DumpIngestion ${ingestion}: the ConfigMap ${configMap} has no key ${key}, which the dialect ${dialect} refers to`
    : `DumpIngestion ${ingestion}: the dialect ${dialect} refers to the ConfigMap ${configMap}, which is in none of the files; give its file with another -f`;
  return new ManifestError('NoConfigMap', message);
}
