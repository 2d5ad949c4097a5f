import { isUtf8 } from 'node:buffer';
import { DataError, type Location } from '../../../crds/contract/errors.ts';
import type { Format } from '../../../crds/contract/format.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { Archive, ArchiveEntry } from '../archive.ts';

/** Our names of MySQL's character sets. https://dev.mysql.com/doc/refman/9.4/en/charset-charsets.html */
const ENCODINGS: Readonly<Record<string, string>> = {
  ...{ ascii: 'UTF8', utf8: 'UTF8', utf8mb3: 'UTF8', utf8mb4: 'UTF8', latin1: 'WIN1252', latin2: 'LATIN2' },
  ...{ latin5: 'LATIN5', latin7: 'LATIN7', cp1250: 'WIN1250', cp1251: 'WIN1251', cp1256: 'WIN1256', cp1257: 'WIN1257' },
  ...{ cp850: 'CP850', cp852: 'CP852', cp866: 'WIN866', koi8r: 'KOI8R', koi8u: 'KOI8U', greek: 'ISO88597' },
  ...{ hebrew: 'ISO88598', tis620: 'TIS620', macroman: 'MACINTOSH' },
};

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
    const encoding = ENCODINGS[column.charset ?? ''];
    if (encoding !== undefined) return { ...column, encoding };
    const message = `the column is in MySQL's character set ${column.charset ?? ''}, and the file has each column in its own: export the table with --default-character-set=utf8mb4`;
    throw new DataError('CharacterSet', message, { ...location, column: column.name });
  });
}

function isInUtf8({ charset }: SchemaColumn): boolean {
  return charset === undefined || ENCODINGS[charset] === 'UTF8';
}

/** A character may lie in two chunks, so that up to three of its bytes end the first one. */
const SPLIT_BYTES = [0, 1, 2, 3];

async function areUtf8(archive: Archive, entries: readonly ArchiveEntry[]): Promise<boolean> {
  for (const entry of entries) {
    let rest = Buffer.alloc(0);
    for await (const chunk of await archive.openRaw(entry)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const split = SPLIT_BYTES.find((count) => isUtf8(bytes.subarray(0, bytes.length - count)));
      if (split === undefined) return false;
      rest = Buffer.from(bytes.subarray(bytes.length - split));
    }
    if (rest.length > 0) return false;
  }
  return true;
}
