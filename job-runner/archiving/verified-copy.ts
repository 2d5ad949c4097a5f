import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TransientError } from '../../crds/contract/errors.ts';
import { findFile } from '../dump/file-stamp.ts';
import { READ_BYTES } from './dump-archive.ts';
import { partialOf } from './unfinished.ts';

/** What a file system answers that has no hard links, or a kernel that allows them only to a file's owner (fs.protected_hardlinks). */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a file a second name, which must be free, without a moment in which it could overwrite another file; where there are no hard links, the file
 * moves instead. Returns `Taken` where there is something of that name.
 */
export async function publish(from: string, to: string): Promise<'Linked' | 'Moved' | 'Taken'> {
  try {
    await link(from, to);
    return 'Linked';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'Taken';
    if (!WITHOUT_LINKS.has(code)) throw error;
    if ((await findFile(to)) !== undefined) return 'Taken';
    await rename(from, to);
    return 'Moved';
  }
}

/**
 * Copies a file to a name that must be free: into a file of another name first, which is synced and read again, so that there is never half a copy
 * under its name. Returns `Taken` where there is something of that name.
 */
export async function copyVerified(from: string, to: string, file: string): Promise<'Copied' | 'Taken'> {
  const partial = partialOf(to);
  const written = await writeCopy(from, partial);
  if ((await hashFile(partial)) !== written) {
    await unlink(partial);
    throw new TransientError('ArchiveDiffers', 'its copy in the archive has other bytes: it is made again', { file });
  }
  const published = await publish(partial, to);
  if (published !== 'Moved') await unlink(partial);
  await syncFolder(dirname(to));
  return published === 'Taken' ? 'Taken' : 'Copied';
}

/** Returns the SHA-256 of what was read. */
async function writeCopy(from: string, to: string): Promise<string> {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode, atime, mtime } = await source.stat();
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    const target = await open(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode & 0o777);
    try {
      const hash = createHash('sha256');
      await readInto(source, hash, (bytes) => writeAll(target, bytes));
      await target.utimes(atime, mtime);
      await target.sync();
      return hash.digest('hex');
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function writeAll(target: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await target.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

async function readInto(source: FileHandle, hash: Hash, onBytes?: (bytes: Buffer) => Promise<void>): Promise<void> {
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return;
    hash.update(chunk.subarray(0, bytesRead));
    await onBytes?.(chunk.subarray(0, bytesRead));
  }
}

async function hashFile(path: string): Promise<string> {
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    await readInto(source, hash);
    return hash.digest('hex');
  } finally {
    await source.close();
  }
}

/** Whether two names stand for one file, or for two with the same bytes. */
export async function haveSameContent(one: string, other: string): Promise<boolean> {
  const [first, second] = [await findFile(one), await findFile(other)];
  if (first === undefined || second === undefined || !first.isFile() || !second.isFile()) return false;
  if (first.dev === second.dev && first.ino === second.ino) return true;
  return first.size === second.size && (await hashFile(one)) === (await hashFile(other));
}

/** Names in a folder outlive a power failure only once the folder is synced; some file systems of networks refuse that and need it not. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync().catch((error: unknown) => {
      if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  } finally {
    await folder.close();
  }
}
