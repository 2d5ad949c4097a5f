import { DataError, shorten } from '../../crds/contract/errors.ts';
import { comparableName } from '../plan/source-name.ts';
import { decodeMysqlFileName } from './mysql-file-name.ts';
import { PACKED_EXTENSIONS } from './packed-content.ts';
import { chunkOf, type ChunkName } from './chunk-name.ts';

/** The maximum of a TableIngestion's field for a table's name. It has the name in lower case, which may be longer: İ becomes two characters. */
const NAME_LENGTH = 1024;

/**
 * One spelling for what is one name: Compress-Archive of Windows PowerShell separates folders by backslashes, macOS decomposes ö into o and its
 * dots, and blanks around the name of a file, as scripts leave them, are no part of it.
 */
export function normaliseEntryName(name: string): string {
  const [file = '', ...folders] = name.replaceAll('\\', '/').normalize('NFC').split('/').reverse();
  return [file.trim(), ...folders].reverse().join('/');
}

/**
 * What is unsafe about an entry's normalised name, or undefined. Nothing is ever unpacked to a file of that name, but no honest dump has
 * such a name: the format allows neither drive letters nor leading slashes (APPNOTE 4.4.17.1).
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
  if (name.startsWith('/')) return 'has an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'has a drive letter in its name';
  if (name.split('/').includes('..')) return 'has .. in its path';
  return undefined;
}

/** The part that a file of a ZIP plays for a table; undefined for what does not belong to a table: a folder, a hidden file, another extension. */
export interface EntryRole {
  readonly table: string;
  readonly part: 'SchemaFile' | 'Dat' | 'TableScript' | 'FormatFile';
  /** What it is if there is no such table, but one in chunks. */
  readonly chunk?: ChunkName;
}

/** What the name of a file says depends on these of a dump's format. */
export interface EntryNaming {
  readonly schemaExtension: string;
  readonly datExtension: string;
  /** MySQL encodes the letters beyond ASCII, too. */
  readonly isMysql: boolean;
  readonly preset: string;
}

/** What `mysqldump --tab` calls its files with CREATE TABLE. */
export const SCRIPT_EXTENSION = '.sql';
/** And bcp those that describe its data. */
export const FORMAT_EXTENSION = '.fmt';

/** Whether bcp wrote the dump. */
export function isBcp(preset: string): boolean {
  return preset.startsWith('bcp-');
}

/** Extensions count in any case; the table's name is kept in lower case. Folders within the ZIP do not count. */
export function roleOfEntry(
  name: string,
  { schemaExtension, datExtension, isMysql, preset }: EntryNaming,
): EntryRole | undefined {
  const [file = '', ...folders] = name.split('/').reverse();
  // macOS adds `__MACOSX/._users.dat` for its own attributes of users.dat.
  if (file.startsWith('.') || folders.at(-1)?.toLowerCase() === '__macosx') return undefined;
  const roles = [
    { part: 'SchemaFile', extension: schemaExtension },
    ...['', ...PACKED_EXTENSIONS].map((packed) => ({ part: 'Dat', extension: datExtension + packed }) as const),
    ...(isMysql ? [{ part: 'TableScript', extension: SCRIPT_EXTENSION } as const] : []),
    ...(isBcp(preset) ? [{ part: 'FormatFile', extension: FORMAT_EXTENSION } as const] : []),
  ] as const;
  // The longer extension first, as one may be the end of the other: .dat and .schema.dat.
  const [role] = roles
    .filter(({ extension }) => file.toLowerCase().endsWith(extension.toLowerCase()))
    .sort((a, b) => b.extension.length - a.extension.length);
  if (role === undefined) return undefined;
  const stem = file.slice(0, -role.extension.length);
  if (stem.trim() === '') return undefined;
  const chunk = role.part === 'Dat' ? chunkOf(stem) : undefined;
  return {
    table: tableOfFile(stem, isMysql),
    part: role.part,
    ...(chunk === undefined ? {} : { chunk: { ...chunk, table: tableOfFile(chunk.table, isMysql) } }),
  };
}

function tableOfFile(name: string, isMysql: boolean): string {
  const table = decodeMysqlFileName(name.trim(), isMysql);
  const unsafe = table === name.trim() ? undefined : findUnsafeName(table);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: create the dump again`);
  return comparableName(table);
}
