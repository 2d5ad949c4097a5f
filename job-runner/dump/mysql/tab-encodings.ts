import { isAscii } from 'node:buffer';
import { DataError, shorten, type Location } from '../../../crds/contract/errors.ts';
import type { Format } from '../../../crds/contract/format.ts';
import { splitCharacterBytes } from '../../plan/split-character.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { Archive, ArchiveEntry } from '../archive.ts';
import { encodingOf, isWide, multibyteEncodingOf } from './character-sets.ts';

/** How a file of `mysqldump --tab` is read. */
export interface TabFile {
  readonly columns: readonly SchemaColumn[];
  readonly format: Format;
  readonly warnings: readonly string[];
}

/**
 * The columns of a file of `mysqldump --tab` with their encodings. Without `--default-character-set` it writes each column in its own, binary ones as
 * they are; with it all in that one, where bytes that are no character become question marks. CREATE TABLE and SET NAMES are the same in both cases, but
 * only the first can have bytes that are not UTF-8, so the data is read to the first of these. Measured with mariadb-dump 10.11.
 */
export async function withTabEncodings(
  columns: readonly SchemaColumn[],
  archive: Archive,
  entries: readonly ArchiveEntry[],
  format: Format,
  location: Location,
): Promise<TabFile> {
  const isKnown = format.preset !== 'mysql-tab' || format.set.includes('encoding') || columns.every(isInUtf8);
  if (isKnown || entries.every(({ bytes }) => bytes === 0)) return { columns, format, warnings: [] };
  refuseWide(columns, location);
  const bytes = await readBytes(archive, entries);
  if (bytes !== 'Other') return { columns, format, warnings: bytes === 'Utf8' ? doubtsOf(columns) : [] };
  const common = commonEncoding(columns);
  if (common !== undefined)
    return { columns, format: { ...format, encoding: common, set: [...format.set, 'encoding'] }, warnings: [] };
  return { columns: columns.map((column) => withOwnEncoding(column, location)), format, warnings: [] };
}

function isInUtf8({ charset }: SchemaColumn): boolean {
  return charset === undefined || encodingOf(charset) === 'UTF8';
}

function withOwnEncoding(column: SchemaColumn, location: Location): SchemaColumn {
  if (isInUtf8(column)) return column;
  const encoding = encodingOf(column.charset ?? '');
  if (encoding !== undefined) return { ...column, encoding };
  const message = `the column is in MySQL's character set ${column.charset ?? ''}, and the file has each column in its own: export the table with --default-character-set=utf8mb4`;
  throw new DataError('CharacterSet', message, { ...location, column: column.name });
}

/** Two of its bytes may be two letters of ASCII, so that no byte shows how the file was written. */
function refuseWide(columns: readonly SchemaColumn[], location: Location): void {
  const column = columns.find(({ charset }) => charset !== undefined && isWide(charset));
  if (column === undefined) return;
  const message = `the column is in MySQL's character set ${column.charset ?? ''}, and nothing shows whether the file is: export the table with --default-character-set=utf8mb4, and set spec.format.encoding to UTF8`;
  throw new DataError('CharacterSet', message, { ...location, column: column.name });
}

/** The encoding of all texts of a table that has them in one whose characters have several bytes. */
function commonEncoding(columns: readonly SchemaColumn[]): string | undefined {
  const [only, ...others] = new Set(columns.flatMap(({ charset }) => charsetBeyondAscii(charset) ?? []));
  return only === undefined || others.length > 0 ? undefined : multibyteEncodingOf(only);
}

function charsetBeyondAscii(charset: string | undefined): string | undefined {
  return charset?.toLowerCase() === 'ascii' ? undefined : charset?.toLowerCase();
}

/**
 * UTF-8 by chance: of two bytes of another character set one in twelve is a character of it, too, and texts that were stored twice encoded always
 * are. Beside texts in UTF-8, of which most files have some beyond ASCII, only the first is likely enough to be worth a word.
 */
function doubtsOf(columns: readonly SchemaColumn[]): string[] {
  const texts = columns.filter(({ charset }) => charsetBeyondAscii(charset) !== undefined);
  const others = texts.filter((column) => !isInUtf8(column));
  const isLikely =
    others.length === texts.length || others.some(({ charset = '' }) => encodingOf(charset) === undefined);
  if (!isLikely) return [];
  const charsets = [...new Set(others.map(({ charset = '' }) => charset))];
  const [encoding, ...more] = new Set(charsets.map((charset) => encodingOf(charset) ?? multibyteEncodingOf(charset)));
  const isOne = encoding !== undefined && more.length === 0;
  const otherwise = isOne ? `, or else to ${encoding}` : '; otherwise export it so';
  const names = shorten(others.map(({ name }) => name).join(', '), 100);
  return [
    `the file is UTF-8, and was read so, but MySQL has ${names} in ${charsets.join(', ')}: set spec.format.encoding to UTF8 if it was exported with --default-character-set=utf8mb4${otherwise}`,
  ];
}

async function readBytes(archive: Archive, entries: readonly ArchiveEntry[]): Promise<'Ascii' | 'Utf8' | 'Other'> {
  let areAscii = true;
  for (const entry of entries) {
    let rest = Buffer.alloc(0);
    for await (const chunk of await archive.openContent(entry)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const split = splitCharacterBytes(bytes);
      if (split === undefined) return 'Other';
      areAscii &&= isAscii(bytes);
      rest = Buffer.from(bytes.subarray(bytes.length - split));
    }
    if (rest.length > 0) return 'Other';
  }
  return areAscii ? 'Ascii' : 'Utf8';
}
