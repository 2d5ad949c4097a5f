import { createHash, randomUUID } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What every file of ours beside an archived file begins with until that is done. Of the digest, as a name may be as long as a name can be. */
function unfinished(path: string): string {
  return `.motherload-${createHash('sha256').update(basename(path)).digest('hex').slice(0, 16)}`;
}

/** Where a file is written to before it gets its name. */
export function partialOf(path: string): string {
  return join(dirname(path), `${unfinished(path)}.partial`);
}

/** The name of a new file beside `path`, never used before: an NFS client may believe for a minute that an older name is still free. */
export function probeName(path: string): string {
  return `${unfinished(path)}-${randomUUID()}.probe`;
}

/** Removes what a run that was killed has left of archiving this file. */
export async function removeUnfinished(path: string): Promise<void> {
  const [folder, start] = [dirname(path), unfinished(path)];
  for (const name of await readdir(folder)) if (name.startsWith(start)) await unlink(join(folder, name));
}
