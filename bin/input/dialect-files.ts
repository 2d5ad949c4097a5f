import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';

/** Writes the type maps that the manifest takes from ConfigMaps into files, as a cluster mounts them; paths by the dialect's name. */
export function writeDialectFiles(
  ingestion: DumpIngestionManifest,
  manifests: Manifests,
  folder: string,
): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, typesFrom } of ingestion.spec.format.dialects) {
    const { name: configMap, key } = typesFrom.configMapKeyRef;
    const entries = manifests.configMaps.get(keyOf(ingestion.metadata.namespace, configMap));
    const text = entries?.[key];
    if (text === undefined) throw missing(ingestion, name, configMap, key, entries !== undefined);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    files[name] = file;
  }
  return files;
}

function missing(
  { metadata: { name: ingestion, namespace } }: DumpIngestionManifest,
  dialect: string,
  configMap: string,
  key: string,
  found: boolean,
): ManifestError {
  const message = found
    ? `DumpIngestion ${ingestion}: the ConfigMap ${configMap} has no key ${key}, which the dialect ${dialect} refers to`
    : `DumpIngestion ${ingestion}: the dialect ${dialect} refers to the ConfigMap ${configMap} of namespace ${namespace}, which is in none of the files; give its file with another -f`;
  return new ManifestError('NoConfigMap', message);
}
