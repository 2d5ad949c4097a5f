import { DataError, ManifestError, MotherloadError, TransientError } from '../../crds/contract/errors.ts';

/** Errors of a network file system or a busy machine that pass by themselves. errno(3) */
const PASSING = new Set([
  'EAGAIN',
  'EBUSY',
  'EINTR',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ESTALE',
  'ETIMEDOUT',
  'ENOTCONN',
  'ECONNRESET',
  'EHOSTDOWN',
]);

/** An error of the file system as one of ours; `file` is how messages call the file. What is one of ours already stays. */
export function toFileError(error: unknown, file: string): MotherloadError {
  if (error instanceof MotherloadError) return error;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (PASSING.has(code)) {
    return new TransientError(
      'VolumeBusy',
      `the volume did not answer (${code}); it is tried again`,
      { file },
      options,
    );
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DataError('DumpMissing', 'it is not there any more: put it back, or run without it', { file }, options);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `it cannot be read (${code}): give the runner's user the right to (its mode, or fsGroup in the job template)`;
    return new ManifestError('DumpPermissionDenied', message, { file }, options);
  }
  return new DataError('DumpUnreadable', `it cannot be read (${code}): check the volume`, { file }, options);
}
