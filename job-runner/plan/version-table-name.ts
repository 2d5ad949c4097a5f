import { DataError, ManifestError } from '../../crds/contract/errors.ts';
import { shortenIdentifier } from './identifier.ts';

export interface VersionTableParts {
  readonly app?: string;
  /** The folders that the dump lies in, with / between them; empty where it lies in none. */
  readonly folder?: string;
  readonly version: string;
  readonly table: string;
}

/** The placeholder for the folders that a dump lies in. */
export const FOLDER = '{folder}';

export function folderOf(dumpFile: string): string {
  return dumpFile.slice(0, Math.max(0, dumpFile.lastIndexOf('/')));
}

/**
 * The version table's name by the manifest's pattern, for instance `{version}_{table}`, in lower case. A name that is too long for an identifier
 * is shortened such that different names stay different.
 */
export function versionTableName(pattern: string, parts: VersionTableParts): string {
  // In one pass, since the text of a part may look like a placeholder.
  const name = pattern.replaceAll(/\{(app|folder|version|table)\}/g, (_, part: keyof VersionTableParts) =>
    partOf(pattern, parts, part),
  );
  if (name.includes('\0')) {
    const message = 'the name of the version table would have a NUL character: rename the dump or its files';
    throw new DataError('NulInVersionTableName', message, { table: parts.table });
  }
  if (name === '') {
    const message = `spec.target.versionTableName (${pattern}) gives an empty name: add {version}`;
    throw new ManifestError('VersionTableName', message);
  }
  return shortenIdentifier(name.toLowerCase());
}

function partOf(pattern: string, parts: VersionTableParts, part: keyof VersionTableParts): string {
  const text = parts[part];
  if (text !== undefined) return part === 'folder' ? text.replaceAll('/', '_') : text;
  const message = `spec.target.versionTableName (${pattern}) uses {${part}}, but spec.format.dumpName has no such part: add it to dumpName, or remove it from versionTableName`;
  throw new ManifestError('VersionTableName', message, { table: parts.table });
}
