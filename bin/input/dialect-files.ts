import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';

/** Writes the type maps of the manifest's ConfigMaps to files, as a cluster mounts them. The result is the path of each dialect. */
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
    ? `DumpIngestion ${ingestion}: the dialect ${dialect} refers to the key ${key}, which the ConfigMap ${configMap} does not have`
    : `DumpIngestion ${ingestion}: the dialect ${dialect} refers to the ConfigMap ${configMap} of namespace ${namespace}, which none of the files contains: add its file with -f`;
  return new ManifestError('NoConfigMap', message);
}
