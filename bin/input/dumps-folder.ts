import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';

/** The local folder that takes the place of the manifest's volume: the one given with --dumps, or the path of a hostPath volume. */
export function volumeFolderOf(ingestion: DumpIngestionManifest, given: string | undefined): string {
  const folder = given === undefined ? folderOfVolume(ingestion) : resolve(given);
  const dumps = join(folder, ingestion.spec.source.path);
  const found = statSync(dumps, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return folder;
  const problem = found === undefined ? 'no such folder' : 'it is a file, not a folder';
  throw new ManifestError('DumpsFolder', `the dumps cannot be read: ${problem}; check --dumps and spec.source.path`, {
    file: dumps,
  });
}

function folderOfVolume(ingestion: DumpIngestionManifest): string {
  const { volume } = ingestion.spec.source;
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  const [kind = 'volume'] = Object.keys(volume);
  throw new ManifestError(
    'DumpsFolder',
    `DumpIngestion ${ingestion.metadata.name} reads its dumps from a ${kind}, which exists only in a cluster: name a local folder with --dumps`,
  );
}
