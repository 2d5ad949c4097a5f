import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { DataError, ManifestError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Source } from '../../crds/contract/task.ts';
import { toFileError } from './file-error.ts';
import { boundedPath, dumpMatcher, MAX_FILES, noDumps, sortDumps, type FoundDump } from './found-dump.ts';

export type { FoundDump } from './found-dump.ts';

/** Bound of the search, as MAX_FILES is. */
const MAX_DEPTH = 32;

/** Every dump below a folder, sorted by path. */
export async function findDumps(
  folder: string,
  source: Pick<Source, 'include' | 'exclude'>,
): Promise<readonly FoundDump[]> {
  const isDump = dumpMatcher(source);
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
  if (found.length === 0) throw noDumps(folder, source, 'path');
  return sortDumps(found);
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
