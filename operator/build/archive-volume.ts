import type { V1Volume } from '@kubernetes/client-node';
import type { DumpIngestionSpec } from '../../crds/contract/generated.ts';
import type { Source } from '../../crds/contract/task.ts';
import { buildSourceVolumes, DUMPS_VOLUME, refuseHostPath } from './source-volume.ts';

/** The name of the volume of `spec.archive.volume`. */
export const ARCHIVE_VOLUME = 'archive';

type ArchiveSpec = Pick<DumpIngestionSpec, 'source' | 'archive'>;
type SourceVolume = NonNullable<Source['volume']>;

/** The volumes that the finish Job writes to: no other Job writes to any. */
export function writtenVolumes({ archive, source }: ArchiveSpec): ReadonlySet<string> {
  if (archive === undefined || archive.action === 'Keep' || source.volume === undefined) return new Set();
  const isInDumps = archive.volume === undefined || archive.action !== 'Copy';
  return new Set([
    ...(isInDumps ? [DUMPS_VOLUME] : []),
    ...(archive.volume === undefined || archive.action === 'Delete' ? [] : [ARCHIVE_VOLUME]),
  ]);
}

/** What the finish Job needs to archive dumps: where they lie, and another volume if the manifest names one. */
export function buildArchiveVolumes(spec: ArchiveSpec, allowHostPath: boolean): readonly V1Volume[] {
  const { archive, source } = spec;
  if (archive === undefined || archive.action === 'Keep') return [];
  const written = writtenVolumes(spec);
  const ofDumps = source.volume;
  const undecrypted = withoutKeys(source);
  const ofSource = buildSourceVolumes(
    ofDumps !== undefined && written.has(DUMPS_VOLUME) ? { ...undecrypted, volume: asWritable(ofDumps) } : undecrypted,
    allowHostPath,
  );
  const { volume } = archive;
  if (volume === undefined || !written.has(ARCHIVE_VOLUME)) return ofSource;
  if (!allowHostPath) refuseHostPath(volume, 'spec.archive.volume');
  return [...ofSource, { name: ARCHIVE_VOLUME, ...volume }];
}

/** An encrypted dump is archived as it is. */
function withoutKeys(source: Source): Source {
  const copy = { ...source };
  delete copy.decryption;
  return copy;
}

/** The manifest's `readOnly` is about the Jobs that read. */
function asWritable({ persistentVolumeClaim, nfs, csi, ...volume }: SourceVolume): SourceVolume {
  return {
    ...volume,
    ...(persistentVolumeClaim && { persistentVolumeClaim: { ...persistentVolumeClaim, readOnly: false } }),
    ...(nfs && { nfs: { ...nfs, readOnly: false } }),
    ...(csi && { csi: { ...csi, readOnly: false } }),
  };
}
