import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ManifestError, MotherloadError, shorten } from '../../crds/contract/errors.ts';

/** Who the server runs as, where that is not this process's user. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** How the name of a data folder begins while it is made. */
export const UNFINISHED = 'data.unfinished-';

/** The server's log, beside the data. */
export const LOG_FILE = 'server.log';

/** How many of a folder's names a message tells. */
const NAMES_TOLD = 3;

export function holdsData(folder: string): boolean {
  try {
    statSync(join(folder, 'data', 'PG_VERSION'));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw cannotKeep(folder, error);
  }
}

/**
 * Makes the folder for the server's user, or gives it an empty one. One that holds other things stays as it is: given to the server's user and
 * closed to all others, a folder such as /srv would be lost to the machine.
 */
export function takeFolder(folder: string, user: ServerUser): void {
  try {
    const made = makeFolders(folder);
    if (!made.includes(folder)) {
      const names = readdirSync(folder);
      // Another command may have made the data since this one looked.
      if (holdsData(folder)) return;
      if (!isFree(names)) throw holdsOtherThings(folder, names);
    }
    // A strict umask would close them to the server's user.
    if (user.uid !== undefined) for (const path of made) chmodSync(path, statSync(path).mode | 0o011);
    give(folder, user);
  } catch (error) {
    throw cannotKeep(folder, error);
  }
}

/**
 * It lies in the folder for temporary files, where anybody may have put something by its name: that is taken only if it is the server user's
 * or this user's own.
 */
export function makeSocketFolder(folder: string, user: ServerUser): void {
  try {
    makeFolders(folder);
    const found = lstatSync(folder);
    const isOurs = found.isDirectory() && [user.uid, process.getuid?.() ?? found.uid].includes(found.uid);
    if (!isOurs) {
      const message = `${folder} is somebody else's, where the socket of the embedded PostgreSQL is to lie: give a folder with a shorter path with --data-folder`;
      throw new ManifestError('EmbeddedPostgresql', message);
    }
    give(folder, user);
  } catch (error) {
    throw cannotKeep(folder, error);
  }
}

/** What kept the server's data from a folder, as an error of the folder that was given. */
export function cannotKeep(folder: string, error: unknown): MotherloadError {
  if (error instanceof MotherloadError) return error;
  // Programs say more than their number.
  const { stderr, message } = error as Error & { readonly stderr?: string };
  const said = stderr === undefined || stderr.trim() === '' ? message : stderr.trim();
  const text = `the embedded PostgreSQL cannot keep its data in ${folder} (${said}): give a folder that its user can reach and write with --data-folder`;
  return new ManifestError('EmbeddedPostgresql', text, {}, { cause: error });
}

/** Empty, or where a command is making the data, or was killed at it. The root folder of a volume holds `lost+found`. */
function isFree(names: readonly string[]): boolean {
  const isBeingMade = names.some((name) => name.startsWith(UNFINISHED));
  return names.every(
    (name) => name.startsWith(UNFINISHED) || name === 'lost+found' || (isBeingMade && name === LOG_FILE),
  );
}

function holdsOtherThings(folder: string, names: readonly string[]): ManifestError {
  const told = names.slice(0, NAMES_TOLD).map((name) => shorten(name, 40));
  const list = [...told, ...(names.length > NAMES_TOLD ? ['…'] : [])].join(', ');
  const message = `the embedded PostgreSQL needs a folder of its own, and ${folder} holds other things (${list}): give an empty or a new folder with --data-folder`;
  return new ManifestError('EmbeddedPostgresql', message);
}

/** The folder with its parents; gives those that were made. Not by mkdir's own recursion, which never ends below /proc (Node 24). */
function makeFolders(folder: string): readonly string[] {
  const parent = dirname(folder);
  const made = existsSync(parent) ? [] : makeFolders(parent);
  try {
    mkdirSync(folder);
    return [...made, folder];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(folder).isDirectory()) return made;
    throw error;
  }
}

function give(folder: string, user: ServerUser): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}
