import { DataError, shorten, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/format.ts';
import { entryLocation, type ArchiveEntry } from './archive.ts';
import type { ChunkName } from './chunk-name.ts';
import { joinChunks, type Chunk, type DatEntry } from './table-chunks.ts';
import { describeMisnamed } from './misnamed-data.ts';
import { roleOfShellEntry, shellTable } from './mysql/shell-names.ts';
import { roleOfEntry, SCRIPT_EXTENSION, type EntryNaming } from './entry-name.ts';

/** The entries of a ZIP that make one table, and what is wrong with them according to the ZIP's directory. */
export interface TableFiles {
  readonly table: string;
  readonly dat?: DatEntry;
  readonly schemaFile?: ArchiveEntry;
  readonly problem?: MotherloadError;
}

export type TableNaming = EntryNaming & Pick<Format, 'preset' | 'tables'>;

/** Whether the dump is a folder of MySQL Shell. */
export function isShell({ preset }: Pick<Format, 'preset'>): boolean {
  return preset === 'mysql-shell';
}

/** Sorts a ZIP's entries into tables, by name. `dump` is how messages call the ZIP. A script alone is none: mysqldump writes one for each view. */
export function groupEntries(
  entries: readonly ArchiveEntry[],
  naming: TableNaming,
  dump: string,
): readonly TableFiles[] {
  const byTable = new Map<string, NamedFiles>();
  for (const entry of entries) {
    const role = isShell(naming) ? roleOfShellEntry(entry.name, naming) : roleOfEntry(entry.name, naming);
    if (role === undefined) continue;
    const files = byTable.get(role.table) ?? { dats: [], schemaFiles: [], scripts: [], formatFiles: [], chunks: [] };
    byTable.set(role.table, files);
    files[LISTS[role.part]].push(entry);
    if (role.chunk !== undefined) files.chunk = role.chunk;
  }
  gatherChunks(byTable);
  const nameOf = isShell(naming) ? shellTables(byTable.keys(), dump) : (table: string): TableName => ({ table });
  return [...byTable]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, { dats, schemaFiles, chunks }]) => dats.length + schemaFiles.length + chunks.length > 0)
    .map(([key, { dats, schemaFiles: own, scripts, formatFiles, chunks, chunk }]) => {
      const { table, problem: nameProblem } = nameOf(key);
      const dat = chunks.length > 0 ? joinChunks(chunks, dump) : dats[0];
      const schemaFiles = [own, scripts, formatFiles].find((list) => list.length > 0) ?? [];
      const [schemaFile] = schemaFiles;
      const problem =
        nameProblem ??
        findDuplicate(dats, dump) ??
        findDuplicate(schemaFiles, dump) ??
        findDuplicate(formatFiles, dump) ??
        findChunkBesideWhole(dat, schemaFile, chunk && byTable.get(chunk.table)?.dats[0], dump) ??
        findMissing(key, dat, schemaFile, naming, dump, entries);
      return {
        table,
        ...(dat === undefined ? {} : { dat }),
        ...(schemaFile === undefined ? {} : { schemaFile }),
        ...(problem === undefined ? {} : { problem }),
      };
    });
}

/** The files with one name. */
interface NamedFiles {
  readonly dats: ArchiveEntry[];
  readonly schemaFiles: ArchiveEntry[];
  /** CREATE TABLE, which takes the place of a schema file where there is none. */
  readonly scripts: ArchiveEntry[];
  /** bcp's, which may take its place as well. */
  readonly formatFiles: ArchiveEntry[];
  readonly chunks: Chunk[];
  /** What its DAT file is if it does not make a table of its own. */
  chunk?: ChunkName;
}

const LISTS = { Dat: 'dats', SchemaFile: 'schemaFiles', TableScript: 'scripts', FormatFile: 'formatFiles' } as const;

/** `users.00000.dat` belongs to `users.json` if it has no schema file of its own and there is no `users.dat`. */
function gatherChunks(byTable: Map<string, NamedFiles>): void {
  const describes = ({ schemaFiles, scripts, formatFiles }: NamedFiles) =>
    schemaFiles.length + scripts.length + formatFiles.length > 0;
  for (const [name, files] of byTable) {
    const { dats, chunk } = files;
    const whole = chunk === undefined ? undefined : byTable.get(chunk.table);
    if (chunk === undefined || whole === undefined || describes(files)) continue;
    if (!describes(whole) || whole.dats.length > 0) continue;
    for (const entry of dats) whole.chunks.push({ name: chunk, entry });
    byTable.delete(name);
  }
}

interface TableName {
  readonly table: string;
  readonly problem?: MotherloadError;
}

/** The tables of MySQL Shell's files. One that several schemas have keeps the names of its files, and is refused. */
function shellTables(keys: Iterable<string>, dump: string): (key: string) => TableName {
  const byTable = Map.groupBy(keys, shellTable);
  return (key) => {
    const table = shellTable(key);
    if (byTable.get(table)?.length === 1) return { table };
    const message = `the dump has a table ${shorten(table)} in several schemas, or in upper and lower case: dump each into a ZIP of its own`;
    return { table: key, problem: new DataError('DuplicateEntry', message, { file: dump }) };
  };
}

function findDuplicate([first, second]: readonly ArchiveEntry[], dump: string): MotherloadError | undefined {
  if (first === undefined || second === undefined) return undefined;
  const message = `the table has this file twice, as "${shorten(first.name)}" and "${shorten(second.name)}": remove one`;
  return new DataError('DuplicateEntry', message, { file: entryLocation(dump, second.name) });
}

/** A chunk that is not one: its table has a file for itself. */
function findChunkBesideWhole(
  dat: DatEntry | undefined,
  schemaFile: ArchiveEntry | undefined,
  whole: ArchiveEntry | undefined,
  dump: string,
): MotherloadError | undefined {
  if (dat === undefined || schemaFile !== undefined || whole === undefined) return undefined;
  const message = `the ZIP has this chunk of a table beside "${shorten(whole.name)}", which is all of it: remove the one or the other, or give the file a schema file of its own if it is another table`;
  return new DataError('SchemaFileMissing', message, { file: entryLocation(dump, dat.name) });
}

function findMissing(
  table: string,
  dat: DatEntry | undefined,
  schemaFile: ArchiveEntry | undefined,
  naming: TableNaming,
  dump: string,
  entries: readonly ArchiveEntry[],
): MotherloadError | undefined {
  const { datExtension, schemaExtension, isMysql } = naming;
  if (dat === undefined) {
    const misnamed = describeMisnamed(table, entries, naming);
    const remedy = misnamed === undefined ? ': create the dump again' : `, and ${misnamed}`;
    const message = `the ZIP has its schema file but no ${shorten(table + datExtension)}${remedy}`;
    return new DataError('DatFileMissing', message, { file: entryLocation(dump, schemaFile?.name ?? table) });
  }
  const file = entryLocation(dump, dat.name);
  if (schemaFile === undefined) {
    const script = isMysql ? ` and no ${shorten(table + SCRIPT_EXTENSION)}` : '';
    const message = `the ZIP has its DAT file but no ${shorten(table + schemaExtension)}${script}: create the dump again`;
    return new DataError('SchemaFileMissing', message, { file });
  }
  if (dat.problem !== undefined) return dat.problem;
  if (schemaFile.problem !== undefined) return schemaFile.problem;
  return undefined;
}
