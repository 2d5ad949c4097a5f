import { join } from 'node:path';
import type { DumpIngestionManifest, Manifests } from '../../crds/contract/manifest.ts';
import { writeDialectFiles } from './dialect-files.ts';
import { volumeFolderOf } from './dumps-folder.ts';
import { uriOfSecret } from './target-database.ts';

/** A DumpIngestion with all that a cluster would give its Jobs. */
export interface PreparedIngestion {
  readonly manifest: DumpIngestionManifest;
  /** Stands for the manifest's volume. */
  readonly volumeFolder: string;
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** From the manifest's Secret, where it is among the files. */
  readonly secretUri: string | undefined;
}

/** Prepares all DumpIngestions before the first is started, so that a mistake in the last one does not show after an hour. */
export function prepareIngestions(
  manifests: Manifests,
  dumps: string | undefined,
  workFolder: string,
): PreparedIngestion[] {
  return manifests.ingestions.map((manifest) => ({
    manifest,
    volumeFolder: volumeFolderOf(manifest, dumps),
    dialectFiles: writeDialectFiles(
      manifest,
      manifests,
      join(workFolder, 'dialects', manifest.metadata.namespace, manifest.metadata.name),
    ),
    secretUri: uriOfSecret(manifest, manifests),
  }));
}
