import { resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';

/**
 * The local folder that takes the place of `spec.archive.volume`: the one given with --archive, or the path of a hostPath volume; undefined where
 * dumps are archived in their own volume or bucket, or not at all.
 */
export function archiveFolderOf(
  { metadata, spec: { archive, source } }: DumpIngestionManifest,
  given: string | undefined,
): string | undefined {
  const isArchiving = archive !== undefined && (archive.action === 'Copy' || archive.action === 'Move');
  if (!isArchiving || source.s3 !== undefined) {
    if (given === undefined) return undefined;
    const message = `DumpIngestion ${metadata.name} archives nothing in a folder (spec.archive.action must be Copy or Move, and the dumps in a volume): run it without --archive`;
    throw new ManifestError('ArchiveFolder', message);
  }
  if (given !== undefined) return resolve(given);
  if (archive.volume === undefined) return undefined;
  if (archive.volume.hostPath !== undefined) return archive.volume.hostPath.path;
  const [kind = 'volume'] = Object.keys(archive.volume);
  const message = `DumpIngestion ${metadata.name} archives its dumps in a ${kind}, which exists only in a cluster: name a local folder with --archive`;
  throw new ManifestError('ArchiveFolder', message);
}
