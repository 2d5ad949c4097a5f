import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';

/** The folder of this machine that stands for the manifest's volume: the one that is given, or the volume itself where it is a folder. */
export function volumeFolderOf(ingestion: DumpIngestionManifest, given: string | undefined): string {
  const folder = given === undefined ? folderOfVolume(ingestion) : resolve(given);
  const dumps = join(folder, ingestion.spec.source.path);
  const found = statSync(dumps, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return folder;
  const problem = found === undefined ? 'there is no such folder' : 'it is a file, but a folder is needed';
  throw new ManifestError('DumpsFolder', `the dumps cannot be read: ${problem}`, { file: dumps });
}

function folderOfVolume(ingestion: DumpIngestionManifest): string {
  const { volume } = ingestion.spec.source;
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  const [kind = 'volume'] = Object.keys(volume);
  throw new ManifestError(
    'DumpsFolder',
    `DumpIngestion ${ingestion.metadata.name} takes its dumps from a ${kind}, which only a cluster has: say with --dumps DIR where they lie`,
  );
}
