import { mkdir, realpath, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { DataError, ManifestError } from '../../crds/contract/errors.ts';
import type { ArchiveAction, ArchiveTask } from '../../crds/contract/task.ts';
import { isDeepStrictEqual } from 'node:util';
import { findFile, stampOf } from '../dump/file-stamp.ts';
import { archiveIsSource, archiveTaken, toArchiveError } from './archive-error.ts';
import { CHANGED, GONE, type DumpArchive, type StampedDump } from './dump-archive.ts';
import { isSameEntry } from './same-entry.ts';
import { removeUnfinished } from './unfinished.ts';
import { copyVerified, haveSameContent, publish, syncFolder } from './verified-copy.ts';

/** The archive of dumps that lie in a folder, in the same file system or another one. */
export class FolderArchive implements DumpArchive {
  readonly #dumpsFolder: string;
  readonly #volume: string;
  readonly #path: string;

  constructor({ dumpsFolder, archiveFolder, path }: Pick<ArchiveTask, 'dumpsFolder' | 'archiveFolder' | 'path'>) {
    this.#dumpsFolder = dumpsFolder;
    this.#volume = archiveFolder;
    this.#path = path;
  }

  async whyNot(dump: StampedDump): Promise<string | undefined> {
    return await translating(dump.file, () => this.#whyNot(dump));
  }

  async carryOut(dump: StampedDump, action: ArchiveAction, archivedAs: string): Promise<string | undefined> {
    return await translating(dump.file, () => this.#carryOut(dump, action, archivedAs));
  }

  async #whyNot({ file, stamp }: StampedDump): Promise<string | undefined> {
    const path = join(this.#dumpsFolder, file);
    const found = await findFile(path);
    if (found === undefined) return GONE;
    if (found.isSymbolicLink()) return 'it is a symbolic link';
    return isDeepStrictEqual(stampOf(found), stamp) ? undefined : CHANGED;
  }

  async #carryOut(dump: StampedDump, action: ArchiveAction, archivedAs: string): Promise<string | undefined> {
    const from = join(this.#dumpsFolder, dump.file);
    const problem = await this.#whyNot(dump);
    if (action === 'Delete') {
      if (problem === undefined) await remove(from);
      // What was begun is done: whoever has removed it.
      return problem === GONE ? undefined : problem;
    }
    const to = join(this.#volume, this.#path, archivedAs);
    await makeFolder(this.#volume, join(this.#path, archivedAs));
    if (problem === undefined) {
      if (action === 'Copy') await this.#copy(from, to, dump, archivedAs);
      else await this.#move(from, to, dump, archivedAs);
      return undefined;
    }
    await removeUnfinished(to);
    // After a crash between the last step and its record the dump lies in the archive alone.
    const isThere =
      action === 'Move' && problem === GONE && (await findFile(to))?.size === BigInt(dump.stamp['bytes'] ?? -1);
    return isThere ? undefined : problem;
  }

  /** Returns whether the copy is a new one. */
  async #copy(from: string, to: string, { file }: StampedDump, archivedAs: string): Promise<boolean> {
    if (await refuseOther(from, to, file, archivedAs)) return false;
    if ((await copyVerified(from, to, file)) === 'Copied') return true;
    await refuseOther(from, to, file, archivedAs);
    return false;
  }

  async #move(from: string, to: string, dump: StampedDump, archivedAs: string): Promise<void> {
    const outcome = await publish(from, to).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') return 'OtherFileSystem' as const;
      throw error;
    });
    if (outcome === 'Taken') await refuseOther(from, to, dump.file, archivedAs);
    if (outcome === 'OtherFileSystem') await this.#copyToRemove(from, to, dump, archivedAs);
    await syncFolder(dirname(to));
    if (outcome !== 'Moved') await remove(from);
  }

  /** What is written to the dump while it is copied would be in no archive. */
  async #copyToRemove(from: string, to: string, dump: StampedDump, archivedAs: string): Promise<void> {
    const isNew = await this.#copy(from, to, dump, archivedAs);
    if ((await this.#whyNot(dump)) === undefined) return;
    if (isNew) await unlink(to);
    throw new DataError('DumpChanged', 'it was changed while it was copied to the archive', { file: dump.file });
  }
}

async function translating<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toArchiveError(error, file);
  }
}

/** Whether the very content lies there already, as another file. */
async function refuseOther(from: string, to: string, file: string, archivedAs: string): Promise<boolean> {
  if ((await findFile(to)) === undefined) return false;
  await removeUnfinished(to);
  if (await isSameEntry(from, to)) throw archiveIsSource(file);
  if (await haveSameContent(from, to)) return true;
  throw archiveTaken(file, archivedAs);
}

async function remove(path: string): Promise<void> {
  await unlink(path);
  await syncFolder(dirname(path));
}

/** Makes the folders of a file one by one, so that none is made behind a link that leads out of the volume. */
async function makeFolder(volume: string, file: string): Promise<void> {
  const top = await realpath(volume);
  let folder = top;
  for (const part of dirname(file).split(sep)) {
    if (part === '.') continue;
    const path = join(folder, part);
    await mkdir(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    folder = await realpath(path);
    if (folder.startsWith(top.endsWith(sep) ? top : top + sep)) continue;
    const message = `the folder ${part} of the archive is a link that leads out of its volume: put a real folder there, or use spec.archive.volume`;
    throw new ManifestError('ArchiveOutsideVolume', message, { file });
  }
}
