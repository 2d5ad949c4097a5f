import picomatch from 'picomatch';
import { createHash } from 'node:crypto';
import { ManifestError, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Source } from '../../crds/contract/task.ts';

/** A file that matches the globs, or a folder that could not be searched for one. */
export interface FoundDump {
  /** Its path below the dumps folder, with /. */
  readonly file: string;
  /** Where the file itself lies; undefined where that cannot be found out, and outside of folders. */
  readonly path?: string;
  readonly isLink: boolean;
  readonly problem?: MotherloadError;
}

/** Bound of a search, for a folder or prefix that names a whole file server by mistake. */
export const MAX_FILES = 500_000;

/** The maximum of a TableIngestion's field for a dump's path. */
const PATH_LENGTH = 4096;

export function dumpMatcher({ include, exclude }: Pick<Source, 'include' | 'exclude'>): (file: string) => boolean {
  return picomatch([...include], { ignore: [...exclude], nocase: true });
}

/** By path, so that two searches of the same files agree. */
export function sortDumps(found: readonly FoundDump[]): readonly FoundDump[] {
  return found.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** A path may be longer than what can be opened, 4096 bytes on Linux, or than a TableIngestion's field. Two paths stay different. */
export function boundedPath(path: string): string {
  if (path.length <= PATH_LENGTH) return path;
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return `${path.slice(0, PATH_LENGTH - digest.length - 1)}…${digest}`;
}

/** `fields` are those of spec.source that say where to look. */
export function noDumps(
  location: string,
  { include, exclude }: Pick<Source, 'include' | 'exclude'>,
  fields: string,
): MotherloadError {
  const without = exclude.length === 0 ? '' : ` without ${exclude.join(', ')}`;
  const message = `no file matches ${include.join(', ')}${without}: check spec.source (${fields}, include, exclude) and that the dumps are there`;
  return new ManifestError('NoDumps', message, { file: location });
}

/** Whether there is nothing to load, which whoever waits for dumps does not take for an error. */
export function isNoDumps(error: unknown): boolean {
  return error instanceof ManifestError && error.code === 'NoDumps';
}
