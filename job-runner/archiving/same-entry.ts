import { stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findFile } from '../dump/file-stamp.ts';
import { probeName } from './unfinished.ts';

/**
 * Whether two paths lead to one name in one folder, so that removing the file at one removes the other. A volume may be mounted twice, by NFS with other
 * numbers for the same files, so a file is put into one folder and looked for in the other.
 */
export async function isSameEntry(one: string, other: string): Promise<boolean> {
  // A file system may know no case, or one form of each letter.
  const nameOf = (path: string) => basename(path).normalize('NFC').toLowerCase();
  if (nameOf(one) !== nameOf(other)) return false;
  const [first, second] = [await stat(dirname(one), { bigint: true }), await stat(dirname(other), { bigint: true })];
  if (first.dev === second.dev && first.ino === second.ino) return true;
  const name = probeName(other);
  const probe = join(dirname(other), name);
  await writeFile(probe, '', { flag: 'wx' });
  const isSame = (await findFile(join(dirname(one), name))) !== undefined;
  // An error if another run has removed it meanwhile: then nothing is known.
  await unlink(probe);
  return isSame;
}
