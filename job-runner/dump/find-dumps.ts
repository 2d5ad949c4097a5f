import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import picomatch from 'picomatch';
import { DataError, ManifestError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Source } from '../../crds/contract/task.ts';
import { toFileError } from './file-error.ts';

/** A file that matches the globs, or a folder that could not be searched for one. */
export interface FoundDump {
  /** Its path below the dumps folder, with /. */
  readonly file: string;
  /** Where the file itself lies; undefined where that cannot be found out. */
  readonly path?: string;
  readonly isLink: boolean;
  readonly problem?: MotherloadError;
}

/** Bounds of the search, for a `path` that points at a whole file server by mistake. */
const MAX_DEPTH = 32;
const MAX_FILES = 500_000;

/** The maximum of a TableIngestion's field for a dump's path. */
const PATH_LENGTH = 4096;

/** Every dump below a folder, sorted by path. */
export async function findDumps(
  folder: string,
  source: Pick<Source, 'include' | 'exclude'>,
): Promise<readonly FoundDump[]> {
  const isDump = picomatch([...source.include], { ignore: [...source.exclude], nocase: true });
  // A glob matches hidden folders only where it names them, so that all others need not be searched.
  const hidden = source.include.some((glob) => /(^|\/)\./.test(glob));
  const found: FoundDump[] = [];
  let seen = 0;
  const search = async (path: string, depth: number): Promise<void> => {
    const entries = await listFolder(folder, path);
    if ('problem' in entries) {
      found.push(entries);
      return;
    }
    seen += entries.length;
    if (depth > MAX_DEPTH || seen > MAX_FILES) throw tooMuchToSearch(folder);
    for (const entry of entries) {
      const file = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (hidden || !entry.name.startsWith('.')) await search(file, depth + 1);
      } else if (isDump(file)) found.push(await checkFile(folder, file, entry.isSymbolicLink()));
    }
  };
  await search('', 0);
  if (found.length === 0) throw noDumps(folder, source);
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/**
 * The real path of a dump. A symbolic link is followed as long as it stays in the folder (a volume made of a ConfigMap has nothing else), and
 * refused where it leads out: whoever writes dumps must not make the runner read other files.
 */
export async function resolveDump(folder: string, file: string): Promise<string> {
  try {
    const top = await realpath(folder);
    const path = await realpath(join(folder, file));
    if (!path.startsWith(top.endsWith(sep) ? top : top + sep)) {
      throw new DataError('DumpOutsideFolder', 'the link leads out of the dumps folder: put the file itself there', {
        file,
      });
    }
    if (!(await stat(path)).isFile()) {
      throw new DataError(
        'DumpUnreadable',
        'it is not a regular file: put a file there, or exclude it with spec.source.exclude',
        { file },
      );
    }
    return path;
  } catch (error) {
    throw error instanceof DataError ? error : toFileError(error, file);
  }
}

async function checkFile(folder: string, file: string, isLink: boolean): Promise<FoundDump> {
  try {
    return { file, path: await resolveDump(folder, file), isLink };
  } catch (error) {
    if (error instanceof TransientError) throw error;
    return { file: boundedPath(file), isLink, problem: error as MotherloadError };
  }
}

/** A folder's entries. Links to folders are not followed, since they may form a cycle. */
async function listFolder(
  folder: string,
  path: string,
): Promise<readonly Dirent[] | (FoundDump & { problem: MotherloadError })> {
  try {
    return await readdir(join(folder, path), { withFileTypes: true });
  } catch (error) {
    if (path === '') throw missingFolder(folder, error);
    const problem = toFileError(error, path);
    if (problem instanceof TransientError) throw problem;
    // ext4 has it at the top of each volume, for root alone.
    return basename(path) === 'lost+found' ? [] : { file: boundedPath(path), isLink: false, problem };
  }
}

/** A path may be longer than what can be opened, 4096 bytes on Linux, or than a TableIngestion's field. Two paths stay different. */
function boundedPath(path: string): string {
  if (path.length <= PATH_LENGTH) return path;
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return `${path.slice(0, PATH_LENGTH - digest.length - 1)}…${digest}`;
}

function missingFolder(folder: string, error: unknown): MotherloadError {
  const problem = toFileError(error, folder);
  if (problem instanceof TransientError) return problem;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const message = `the dumps folder cannot be read (${code}): check spec.source.path and the permissions of the volume`;
  return new ManifestError('DumpsFolder', message, { file: folder }, { cause: error });
}

function tooMuchToSearch(folder: string): MotherloadError {
  const message = `there are more than ${MAX_FILES} files or ${MAX_DEPTH} levels of folders to search: set spec.source.path to the dumps folder`;
  return new ManifestError('TooMuchToSearch', message, { file: folder });
}

function noDumps(folder: string, { include, exclude }: Pick<Source, 'include' | 'exclude'>): MotherloadError {
  const without = exclude.length === 0 ? '' : ` without ${exclude.join(', ')}`;
  const message = `no file matches ${include.join(', ')}${without}: check spec.source (path, include, exclude) and that the dumps are there`;
  return new ManifestError('NoDumps', message, { file: folder });
}
