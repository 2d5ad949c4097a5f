/** What GnuPG's and PGP's own tools append to a file's name. */
const EXTENSIONS = ['.gpg', '.pgp'] as const;

/** By its name. */
export function isEncrypted(file: string): boolean {
  return EXTENSIONS.some((extension) => file.toLowerCase().endsWith(extension));
}

/** The name of what was encrypted. */
export function plainName(file: string): string {
  return isEncrypted(file) ? file.slice(0, -4) : file;
}

/** Globs that match the names with these extensions, too. */
export function withEncrypted(globs: readonly string[]): readonly string[] {
  return globs.flatMap((glob) => [glob, ...EXTENSIONS.map((extension) => glob + extension)]);
}
