import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ManifestError, MotherloadError, shorten } from '../../crds/contract/errors.ts';
import { fileProblem } from '../input/file-problem.ts';

/** Who the server runs as; empty for the user of this process. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** A data directory has such a name until it is complete. */
export const UNFINISHED = 'data.unfinished-';

/** The server's log, beside the data. */
export const LOG_FILE = 'server.log';

/** How many of a folder's files a message lists. */
const MAX_LISTED_NAMES = 3;

/** A socket address has room for so many bytes. https://man7.org/linux/man-pages/man7/unix.7.html */
const MAX_SOCKET_PATH_BYTES = 107;

export function holdsData(folder: string): boolean {
  try {
    statSync(join(folder, 'data', 'PG_VERSION'));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw dataFolderError(folder, error);
  }
}

/** The folder of the Unix socket: the data directory, or one for temporary files where its path is too long for a socket. */
export function socketFolder(data: string): string {
  if (Buffer.byteLength(join(data, '.s.PGSQL.5432')) <= MAX_SOCKET_PATH_BYTES) return data;
  return join(tmpdir(), `motherload-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`);
}

/**
 * Creates the folder for the server's user, or gives it an empty one. A folder with other files is left as it is: a folder such as /srv that
 * belongs to the server's user and is closed to everybody else would be lost to the machine.
 */
export function claimFolder(folder: string, user: ServerUser): void {
  try {
    const created = createFolders(folder);
    if (!created.includes(folder)) {
      const names = readdirSync(folder);
      // Another process may have created the data meanwhile.
      if (holdsData(folder)) return;
      if (!isFree(names)) throw otherFilesError(folder, names);
    }
    // A strict umask would close them to the server's user.
    if (user.uid !== undefined) for (const path of created) chmodSync(path, statSync(path).mode | 0o011);
    giveTo(user, folder);
  } catch (error) {
    throw dataFolderError(folder, error);
  }
}

/** Where temporary files are, anybody may have created a file of this name, so it must belong to the server's user or to this one. */
export function makeSocketFolder(folder: string, user: ServerUser): void {
  try {
    createFolders(folder);
    const found = lstatSync(folder);
    const isOurs = found.isDirectory() && [user.uid, process.getuid?.() ?? found.uid].includes(found.uid);
    if (!isOurs) {
      const message = `the embedded PostgreSQL cannot create its socket in ${folder}, which belongs to another user: use a folder with a shorter path with --data-folder`;
      throw new ManifestError('EmbeddedPostgresql', message);
    }
    giveTo(user, folder);
  } catch (error) {
    throw dataFolderError(folder, error);
  }
}

/** The error for a folder that cannot hold the server's data. */
export function dataFolderError(folder: string, error: unknown): MotherloadError {
  if (error instanceof MotherloadError) return error;
  // What a program wrote says more than its exit code.
  const { stderr = '', message } = error as Error & { readonly stderr?: string };
  const written = /Read-only file system/.test(stderr) ? fileProblem({ code: 'EROFS' }) : stderr.trim();
  const reason = written === '' ? fileProblem(error) : written;
  if (isFull(stderr) || isFull(message)) {
    const full = `the embedded PostgreSQL cannot keep its data in ${folder}, whose disk is full: free some space, or choose a folder on another disk with --data-folder`;
    return new ManifestError('EmbeddedPostgresql', full, {}, { cause: error });
  }
  const text = `the embedded PostgreSQL cannot keep its data in ${folder} (${reason}): choose a folder that its user can write to with --data-folder`;
  return new ManifestError('EmbeddedPostgresql', text, {}, { cause: error });
}

/** Whether a text of the system or of PostgreSQL says that a disk is full. */
export function isFull(text: string): boolean {
  return /ENOSPC|EDQUOT|No space left on device|quota exceeded/i.test(text);
}

/** Empty, or left by a process that is creating the data or was killed while it did. The root of a volume holds `lost+found`. */
function isFree(names: readonly string[]): boolean {
  const isUnfinished = names.some((name) => name.startsWith(UNFINISHED));
  return names.every(
    (name) => name.startsWith(UNFINISHED) || name === 'lost+found' || (isUnfinished && name === LOG_FILE),
  );
}

function otherFilesError(folder: string, names: readonly string[]): ManifestError {
  const listed = names.slice(0, MAX_LISTED_NAMES).map((name) => shorten(name, 40));
  const list = [...listed, ...(names.length > MAX_LISTED_NAMES ? ['…'] : [])].join(', ');
  const message = `the embedded PostgreSQL needs a folder of its own, and ${folder} holds other files (${list}): choose an empty or a new folder with --data-folder`;
  return new ManifestError('EmbeddedPostgresql', message);
}

/** Creates the folder with its parents, and returns those that were created. mkdir's own recursion never ends below /proc (Node 24). */
function createFolders(folder: string): readonly string[] {
  const parent = dirname(folder);
  const created = existsSync(parent) ? [] : createFolders(parent);
  try {
    mkdirSync(folder);
    return [...created, folder];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (statSync(folder).isDirectory()) return created;
    throw new Error('it is a file, not a folder', { cause: error });
  }
}

function giveTo(user: ServerUser, folder: string): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}
