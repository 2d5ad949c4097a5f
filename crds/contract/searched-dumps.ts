import { posix } from 'node:path';
import type { DumpIngestionSpec } from './generated.ts';
import type { Source } from './task.ts';

/** Which files are dumps: what the manifest says, without what lies in the archive. */
export function searchedDumps({
  source,
  archive,
}: Pick<DumpIngestionSpec, 'source' | 'archive'>): Pick<Source, 'include' | 'exclude'> {
  const { include, exclude } = source;
  if (archive === undefined || archive.path === '' || archive.volume !== undefined) return { include, exclude };
  const below = pathBelow(folderOf(source), archive.path);
  // Without the last two a glob that names hidden folders would find them there.
  const inArchive = below === undefined ? [] : ['**', '**/.*', '**/.*/**'].map((glob) => `${below}/${glob}`);
  return { include, exclude: [...exclude, ...inArchive] };
}

function folderOf({ path, s3 }: Source): string {
  const folder = posix.normalize(s3 === undefined ? path : s3.prefix).replace(/\/$/, '');
  return folder === '.' ? '' : folder;
}

/** The path seen from the folder; undefined if it is not in there. The characters of globs are in no `spec.archive.path`. */
function pathBelow(folder: string, path: string): string | undefined {
  if (folder === '') return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
