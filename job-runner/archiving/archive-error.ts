import { ManifestError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import { runnersUser, toFileError } from '../dump/file-error.ts';

/** Of errno(3). */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** An error of the file system while `file` is archived, as one of ours. */
export function toArchiveError(error: unknown, file: string): MotherloadError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (NOT_WRITABLE.has(code)) {
    const { syscall = '' } = error as NodeJS.ErrnoException;
    const message = `${runnersUser()} may not write to the folder of the archive, or to that of the dump (${syscall} ${code}): change their owner or mode`;
    return new ManifestError('ArchiveNotWritable', message, { file }, options);
  }
  if (FULL.has(code)) {
    const message = `there is no room for it in the archive (${code}): it is retried; make room`;
    return new TransientError('ArchiveFull', message, { file }, options);
  }
  return toFileError(error, file);
}

/** Nothing that lies in the archive is overwritten. */
export function archiveTaken(file: string, archivedAs: string): ManifestError {
  const message = `${archivedAs} is there already and has other content: remove it, or change spec.archive.name`;
  return new ManifestError('ArchiveTaken', message, { file });
}

/** Whoever removes the dump then would remove the only one. */
export function archiveIsSource(file: string): ManifestError {
  const message =
    'the folder of the archive is the one with the dumps: name another with spec.archive.path, spec.archive.volume or --archive';
  return new ManifestError('ArchiveIsSource', message, { file });
}
