import { DataError, type Location } from '../../../crds/contract/errors.ts';
import type { Format } from '../../../crds/contract/format.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { Archive, ArchiveEntry } from '../archive.ts';
import { splitCharacterBytes } from '../../plan/split-character.ts';
import { encodingOf } from './character-sets.ts';

/**
 * The columns of a file of `mysqldump --tab` with their encodings. Without `--default-character-set` it writes each column in its own, binary ones as
 * they are; with it all in that one, where bytes that are no character become question marks. CREATE TABLE and SET NAMES are the same in both cases, but
 * only the first can have bytes that are not UTF-8, so the data is read to the first of these. Measured with mariadb-dump 10.11.
 */
export async function withTabEncodings(
  columns: readonly SchemaColumn[],
  archive: Archive,
  entries: readonly ArchiveEntry[],
  { preset, set }: Pick<Format, 'preset' | 'set'>,
  location: Location,
): Promise<readonly SchemaColumn[]> {
  const isKnown = preset !== 'mysql-tab' || set.includes('encoding') || columns.every(isInUtf8);
  if (isKnown || (await areUtf8(archive, entries))) return columns;
  return columns.map((column) => {
    if (isInUtf8(column)) return column;
    const encoding = encodingOf(column.charset ?? '');
    if (encoding !== undefined) return { ...column, encoding };
    const message = `the column is in MySQL's character set ${column.charset ?? ''}, and the file has each column in its own: export the table with --default-character-set=utf8mb4`;
    throw new DataError('CharacterSet', message, { ...location, column: column.name });
  });
}

function isInUtf8({ charset }: SchemaColumn): boolean {
  return charset === undefined || encodingOf(charset) === 'UTF8';
}

async function areUtf8(archive: Archive, entries: readonly ArchiveEntry[]): Promise<boolean> {
  for (const entry of entries) {
    let rest = Buffer.alloc(0);
    for await (const chunk of await archive.openContent(entry)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const split = splitCharacterBytes(bytes);
      if (split === undefined) return false;
      rest = Buffer.from(bytes.subarray(bytes.length - split));
    }
    if (rest.length > 0) return false;
  }
  return true;
}
