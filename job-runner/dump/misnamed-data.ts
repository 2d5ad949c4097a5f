import { shorten } from '../../crds/contract/errors.ts';
import { literalPattern } from '../plan/literal-pattern.ts';
import { comparableName } from '../plan/source-name.ts';
import type { ArchiveEntry } from './archive.ts';
import { FORMAT_EXTENSION, SCRIPT_EXTENSION, type EntryNaming } from './entry-name.ts';
import { PACKED_EXTENSIONS } from './packed-content.ts';

/** How tools number the parts of a table: users_1, users-part-0001, users.chunk2. */
const NUMBER = '[-_.]?(?:part|chunk)?[-_.]?\\d{1,9}';

/** Of the names that begin like the table's. */
const MAX_INSPECTED = 100;

/** The file that may be the data of a table without a DAT file, and what to do then; undefined where none looks like it. */
export function describeMisnamed(
  table: string,
  entries: readonly ArchiveEntry[],
  { datExtension, schemaExtension }: EntryNaming,
): string | undefined {
  const others = [schemaExtension, SCRIPT_EXTENSION, FORMAT_EXTENSION].map((extension) => extension.toLowerCase());
  const extension = literalPattern(datExtension.toLowerCase());
  const part = new RegExp(`^(?:${NUMBER}${extension}|${extension}[-_.]\\d{1,9})$`);
  const names = sortedNames(entries);
  const first = firstFrom(names, table);
  for (const { known, file } of names.slice(first, first + MAX_INSPECTED)) {
    if (!known.startsWith(table)) break;
    const rest = withoutPacking(known.slice(table.length));
    if (part.test(rest))
      return `has ${shorten(file)}: if that is a part of it, with whole records, name its parts ${shorten(table)}.00000${datExtension}, ${shorten(table)}.00001${datExtension} and so on`;
    if (/^\.[a-z0-9_-]{1,31}$/.test(rest) && !others.includes(rest))
      return `has ${shorten(file)}: if that is its data, set spec.format.datExtension to ${rest}`;
  }
  return undefined;
}

interface FileName {
  /** As names are compared. */
  readonly known: string;
  readonly file: string;
}

/** Sorted once for all tables of a dump, which may lack thousands of DAT files. */
const SORTED = new WeakMap<readonly ArchiveEntry[], readonly FileName[]>();

function sortedNames(entries: readonly ArchiveEntry[]): readonly FileName[] {
  const sorted =
    SORTED.get(entries) ??
    entries
      .map(({ name }) => name.slice(name.lastIndexOf('/') + 1))
      .map((file) => ({ known: comparableName(file), file }))
      .sort((one, other) => (one.known < other.known ? -1 : 1));
  SORTED.set(entries, sorted);
  return sorted;
}

/** The index of the first name that is not before the text. */
function firstFrom(names: readonly FileName[], text: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle]?.known ?? text) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withoutPacking(rest: string): string {
  const packed = PACKED_EXTENSIONS.find((extension) => rest.endsWith(extension));
  return packed === undefined ? rest : rest.slice(0, -packed.length);
}
