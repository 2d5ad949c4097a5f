import { shorten } from '../../crds/contract/errors.ts';

/** A TableIngestion's field for a table's name takes no more; the table is named in lower case, which may be longer: İ becomes two characters. */
const NAME_LENGTH = 1024;

/**
 * What is unsafe about an entry's name, or undefined. Nothing is ever unpacked to a file of that name, but a name like that has no place in
 * an honest dump: the format allows neither drive letters nor leading slashes nor backslashes (APPNOTE 4.4.17.1).
 */
export function findUnsafeName(name: string): string | undefined {
  const problem = describeProblem(name);
  return problem === undefined ? undefined : `the entry "${shorten(name)}" ${problem}`;
}

function describeProblem(name: string): string | undefined {
  if (name === '') return 'has no name';
  if (Math.max(name.length, name.toLowerCase().length) > NAME_LENGTH)
    return `has a name of more than ${NAME_LENGTH} characters`;
  if (name.includes('\0')) return 'has a NUL character in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/')) return 'has an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'has a drive letter in its name';
  if (name.split('/').includes('..')) return 'has .. in its path';
  return undefined;
}

/** The part that a file of a ZIP plays for a table; undefined for what is no table's: a folder, a hidden file, another extension. */
export interface EntryRole {
  readonly table: string;
  readonly part: 'SchemaFile' | 'Dat';
}

/** Extensions count in any case; the table's name is kept in lower case. Folders within the ZIP do not count. */
export function roleOfEntry(
  name: string,
  extensions: { readonly schemaExtension: string; readonly datExtension: string },
): EntryRole | undefined {
  const path = name.toLowerCase().split('/');
  const file = path.at(-1) ?? '';
  // macOS adds `__MACOSX/._users.dat` for its own attributes of users.dat.
  if (file.startsWith('.') || path[0] === '__macosx') return undefined;
  const roles = [
    { part: 'SchemaFile', extension: extensions.schemaExtension.toLowerCase() },
    { part: 'Dat', extension: extensions.datExtension.toLowerCase() },
  ] as const;
  // The longer extension first, as one may be the end of the other: .dat and .schema.dat.
  const [role] = roles
    .filter(({ extension }) => file.endsWith(extension))
    .sort((a, b) => b.extension.length - a.extension.length);
  if (role === undefined || file.length === role.extension.length) return undefined;
  return { table: file.slice(0, -role.extension.length), part: role.part };
}
