import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import type { Source } from '../../crds/contract/task.ts';

/** The manifest with the source that --dumps names in place of its own: a bucket, or a local folder. */
export function withDumpsOption(manifest: DumpIngestionManifest, dumps: string | undefined): DumpIngestionManifest {
  if (dumps === undefined) return manifest;
  const { source } = manifest.spec;
  if (source.database !== undefined) {
    const message = `DumpIngestion ${manifest.metadata.name} reads a database (spec.source.database), so there are no dumps: remove --dumps`;
    throw new ManifestError('DumpsFolder', message);
  }
  if (/^https?:/i.test(dumps)) {
    const message =
      '--dumps is a folder or s3://BUCKET/PREFIX; dumps on a web server are named in the manifest (spec.source.https)';
    throw new ManifestError('DumpsFolder', message);
  }
  const bucket = parseBucketUrl(dumps);
  const { include, exclude, path, decryption } = source;
  const kept = { include, exclude, ...(decryption === undefined ? {} : { decryption }) };
  // What else the manifest says of its bucket, the endpoint for instance, is right for this one as well.
  if (bucket !== undefined) return withSource(manifest, { ...kept, path: '', s3: { ...source.s3, ...bucket } });
  // A folder in place of a volume: spec.source.path is relative to it.
  if (source.volume !== undefined) return manifest;
  return withSource(manifest, { ...kept, path, volume: { hostPath: { path: resolve(dumps) } } });
}

function withSource({ metadata, spec }: DumpIngestionManifest, source: Source): DumpIngestionManifest {
  return { metadata, spec: { ...spec, source } };
}

/** `s3://bucket/prefix`; undefined for anything else. The prefix is taken as it is, as AWS's own command does. */
export function parseBucketUrl(text: string): { readonly bucket: string; readonly prefix: string } | undefined {
  if (!/^s3:/i.test(text)) return undefined;
  const [, bucket, prefix = ''] =
    /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])(?:\/([^/].*)?)?$/is.exec(text) ?? [];
  if (bucket !== undefined) return { bucket, prefix };
  throw new ManifestError('DumpsFolder', `${text} is not the URL of a bucket: write s3://BUCKET/PREFIX`);
}

/** The local folder that takes the place of the manifest's volume: the one given with --dumps, or the path of a hostPath volume; none for a bucket. */
export function volumeFolderOf(ingestion: DumpIngestionManifest, given: string | undefined): string {
  const { volume, path } = ingestion.spec.source;
  if (volume === undefined) return '';
  const folder = given === undefined ? folderOfVolume(ingestion, volume) : resolve(given);
  const dumps = join(folder, path);
  const found = statSync(dumps, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return folder;
  const problem = found === undefined ? 'no such folder' : 'it is a file, not a folder';
  throw new ManifestError('DumpsFolder', `the dumps cannot be read: ${problem}; check --dumps and spec.source.path`, {
    file: dumps,
  });
}

function folderOfVolume(ingestion: DumpIngestionManifest, volume: NonNullable<Source['volume']>): string {
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  const [kind = 'volume'] = Object.keys(volume);
  throw new ManifestError(
    'DumpsFolder',
    `DumpIngestion ${ingestion.metadata.name} reads its dumps from a ${kind}, which exists only in a cluster: name a local folder with --dumps`,
  );
}

/** Where the dumps are, to be printed. */
export function describeSource({ s3, https, database, path }: Source, volumeFolder: string): string {
  if (database !== undefined) return `${database.driver}:${database.schema}`;
  if (s3 !== undefined) return `s3://${s3.bucket}/${s3.prefix}`;
  if (https === undefined) return join(volumeFolder, path);
  const [first = ''] = https.urls ?? [https.indexUrl ?? ''];
  // A query may be a signature.
  const shown = first.replace(/\?.*$/s, '');
  const more = (https.urls?.length ?? 1) - 1;
  return more === 0 ? shown : `${shown} and ${more} more`;
}
