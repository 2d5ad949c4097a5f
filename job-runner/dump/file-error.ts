import { DataError, ManifestError, MotherloadError, TransientError } from '../../crds/contract/errors.ts';

/** Transient errors of a network file system or a busy machine. errno(3) */
const TRANSIENT = new Set([
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

/** What Node has in a name in place of bytes that are no character, and then finds no such file. */
const NOT_UTF8 = '\uFFFD';

/** An error of the file system as one of ours; `file` is how messages call the file. One of ours is returned as it is. */
export function toFileError(error: unknown, file: string): MotherloadError {
  if (error instanceof MotherloadError) return error;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (TRANSIENT.has(code)) {
    return new TransientError('VolumeBusy', `the volume did not respond (${code}): it is retried`, { file }, options);
  }
  if (code === 'ENOENT' && file.includes(NOT_UTF8)) {
    const message = 'its name is not UTF-8, so that it cannot be opened by it: rename it';
    return new DataError('DumpUnreadable', message, { file }, options);
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DataError('DumpMissing', 'it no longer exists: put it back, or run without it', { file }, options);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `${runnersUser()} may not read it (${code}): change its owner or mode`;
    return new ManifestError('DumpPermissionDenied', message, { file }, options);
  }
  return new DataError('DumpUnreadable', `it cannot be read (${code}): check the volume`, { file }, options);
}

/** By number, since that is what a mode on the volume is about: an image's user, or the one who started `motherload run`. */
export function runnersUser(): string {
  const id = process.getuid?.();
  return id === undefined ? "the runner's user" : `the runner's user (${id})`;
}
