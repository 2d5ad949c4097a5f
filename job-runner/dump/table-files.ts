import { DataError, shorten, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import { entryLocation, type ArchiveEntry } from './archive.ts';
import { roleOfEntry, type EntryNaming } from './entry-name.ts';

/** The entries of a ZIP that make one table, and what is wrong with them as far as the directory tells. */
export interface TableFiles {
  readonly table: string;
  readonly dat?: ArchiveEntry;
  readonly schemaFile?: ArchiveEntry;
  readonly problem?: MotherloadError;
}

export type TableNaming = EntryNaming & Pick<Format, 'header'>;

/** Sorts a ZIP's entries into tables, by name. `dump` is how messages call the ZIP. */
export function groupEntries(
  entries: readonly ArchiveEntry[],
  naming: TableNaming,
  dump: string,
): readonly TableFiles[] {
  const byTable = new Map<string, { dats: ArchiveEntry[]; schemaFiles: ArchiveEntry[] }>();
  for (const entry of entries) {
    const role = roleOfEntry(entry.name, naming);
    if (role === undefined) continue;
    const files = byTable.get(role.table) ?? { dats: [], schemaFiles: [] };
    byTable.set(role.table, files);
    (role.part === 'Dat' ? files.dats : files.schemaFiles).push(entry);
  }
  return [...byTable]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, { dats, schemaFiles }]) => {
      const [dat, schemaFile] = [dats[0], schemaFiles[0]];
      const problem =
        findDuplicate(dats, dump) ??
        findDuplicate(schemaFiles, dump) ??
        findMissing(table, dat, schemaFile, naming, dump);
      return {
        table,
        ...(dat === undefined ? {} : { dat }),
        ...(schemaFile === undefined ? {} : { schemaFile }),
        ...(problem === undefined ? {} : { problem }),
      };
    });
}

function findDuplicate([first, second]: readonly ArchiveEntry[], dump: string): MotherloadError | undefined {
  if (first === undefined || second === undefined) return undefined;
  const message = `the ZIP has it twice for the same table, as "${shorten(first.name)}" and "${shorten(second.name)}": leave one`;
  return new DataError('DuplicateEntry', message, { file: entryLocation(dump, second.name) });
}

function findMissing(
  table: string,
  dat: ArchiveEntry | undefined,
  schemaFile: ArchiveEntry | undefined,
  { datExtension, schemaExtension, header }: TableNaming,
  dump: string,
): MotherloadError | undefined {
  if (dat === undefined) {
    const message = `the ZIP has its schema file and no ${shorten(table + datExtension)}: make the dump anew`;
    return new DataError('DatFileMissing', message, { file: entryLocation(dump, schemaFile?.name ?? table) });
  }
  const file = entryLocation(dump, dat.name);
  if (schemaFile === undefined) {
    const message = `the ZIP has its DAT file and no ${shorten(table + schemaExtension)}: make the dump anew`;
    return new DataError('SchemaFileMissing', message, { file });
  }
  if (dat.problem !== undefined) return dat.problem;
  if (schemaFile.problem !== undefined) return schemaFile.problem;
  if (header && dat.bytes === 0) {
    const message =
      'it has no bytes, and not even a header: make the dump anew, or set spec.format.header to false if it has none';
    return new DataError('DatFileEmpty', message, { file });
  }
  return undefined;
}
