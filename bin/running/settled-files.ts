/** A file as it was seen; times in milliseconds. */
export interface SeenFile {
  readonly file: string;
  readonly bytes: number;
  readonly modified: number;
}

/** A file, and since when it has been the same. */
export interface KnownFile extends SeenFile {
  readonly since: number;
}

/** Whoever writes a file over a network may pause for a moment. */
const SETTLED_MILLISECONDS = 3000;

/**
 * What is known of the files after another look, by name. Undefined before the first look, at which a file's own time says how long it has been the
 * same; later it does not, since a file that is copied with its time looks old from the beginning.
 */
export function lookAgain(
  before: ReadonlyMap<string, KnownFile> | undefined,
  seen: readonly SeenFile[],
  now: number,
): Map<string, KnownFile> {
  return new Map(
    seen.map((file) => {
      const known = before?.get(file.file);
      const isSame = known !== undefined && isUnchanged(known, file);
      const since = isSame ? known.since : before === undefined ? Math.min(file.modified, now) : now;
      return [file.file, { ...file, since }];
    }),
  );
}

export function isSettled({ since }: KnownFile, now: number): boolean {
  return now - since >= SETTLED_MILLISECONDS;
}

export function isUnchanged(one: SeenFile, other: SeenFile): boolean {
  return one.bytes === other.bytes && one.modified === other.modified;
}
