import type { ErrorEntry } from './error-entry.ts';

/** Of what `spec.archive` does with dumps that are loaded. Until it is done each dump stays where it is. */
export const ARCHIVE_ERRORS = {
  ArchiveFolder: {
    kind: 'Manifest',
    text: '`motherload run --archive` does not fit the manifest: name a folder in place of `spec.archive.volume`, or leave the option out where the dumps are archived elsewhere or not at all.',
  },
  ArchiveName: {
    kind: 'Manifest',
    text: 'The pattern of `spec.archive.name` has an unknown placeholder, or gives a path that cannot be used. Change the pattern.',
  },
  ArchiveIsSource: {
    kind: 'Manifest',
    text: 'The archive is the folder, or the prefix, of the dumps itself, under another name of its volume for example. Name another one with `spec.archive.path` or `spec.archive.volume`.',
  },
  ArchiveTaken: {
    kind: 'Manifest',
    text: 'There is another file, or another object, where the dump would be archived, and nothing is overwritten. Remove that, or add `{date}` or `{run}` to `spec.archive.name`.',
  },
  ArchiveNotWritable: {
    kind: 'Manifest',
    text: "The finish Job may not write to the archive, or not remove the dump. Give the runner's user, whose number the message has, the right to write to both folders (`spec.jobTemplate`, or the owner and mode on the volume); for a bucket grant `s3:PutObject` and `s3:DeleteObject`.",
  },
  ArchiveOutsideVolume: {
    kind: 'Manifest',
    text: 'A folder of the archive is a link that leads out of its volume. Put a real folder there, or name the other volume with `spec.archive.volume`.',
  },
  ArchiveFull: {
    kind: 'Transient',
    text: "The archive's volume is full, or its quota is used up. Make room; it is retried, and `spec.trigger` does it later.",
  },
  ArchiveDiffers: {
    kind: 'Transient',
    text: 'The copy in the archive is not what was written there. It is removed and made again; check the volume if it happens more than once.',
  },
} as const satisfies Record<string, ErrorEntry>;
