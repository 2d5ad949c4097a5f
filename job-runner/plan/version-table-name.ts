import { DataError, ManifestError } from '../../crds/contract/errors.ts';
import { shortenIdentifier } from './identifier.ts';

export interface VersionTableParts {
  readonly app?: string;
  /** The folders that the dump lies in, with / between them; empty where it lies in none. */
  readonly folder?: string;
  readonly version: string;
  readonly table: string;
}

/**
 * The version table's name by the manifest's pattern, for instance `{version}_{table}`, in lower case and, where it is longer than an
 * identifier may be, shortened so that two names stay two.
 */
export function versionTableName(pattern: string, parts: VersionTableParts): string {
  // One pass: a part's own text may look like a placeholder.
  const name = pattern.replaceAll(/\{(app|folder|version|table)\}/g, (_, part: keyof VersionTableParts) =>
    partOf(pattern, parts, part),
  );
  if (name.includes('\0')) {
    throw new DataError(
      'VersionTableName',
      `the name of a version table would hold a NUL character: rename the dump or its files`,
      {
        table: parts.table,
      },
    );
  }
  if (name === '') {
    throw new ManifestError(
      'VersionTableName',
      `spec.target.versionTableName (${pattern}) gives an empty name: add {version}`,
    );
  }
  return shortenIdentifier(name.toLowerCase());
}

function partOf(pattern: string, parts: VersionTableParts, part: keyof VersionTableParts): string {
  const text = parts[part];
  if (text !== undefined) return part === 'folder' ? text.replaceAll('/', '_') : text;
  const message = `spec.target.versionTableName (${pattern}) takes {${part}}, but spec.format.dumpName has no such part: add it there or leave it out here`;
  throw new ManifestError('VersionTableName', message, { table: parts.table });
}
