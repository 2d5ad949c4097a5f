import { DataError, MotherloadError, TransientError } from '../../crds/contract/errors.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import { openDump, type Archive, type ArchiveEntry } from '../dump/archive.ts';
import type { DumpSource } from '../dump/dump-source.ts';
import type { ScannedDump } from './duplicate-dumps.ts';
import { WHOLE_DUMP } from '../../crds/contract/whole-dump.ts';
import type { Dump, DumpTable } from './dump-table.ts';
import { refuseUnfinished } from '../dump/mysql/shell-names.ts';
import { groupEntries, isShell, type TableFiles } from '../dump/table-files.ts';
import { tablesWithoutData } from '../dump/tables-without-data.ts';
import { namingOf, readSchema } from '../dump/table-schema.ts';

/** Schema files that are asked for together in a bucket; what was read of them is kept until then, 64 KiB each. */
const PREFETCHED_TABLES = 32;

type ReadingTask = Pick<CatalogueTask, 'format' | 'limits'>;

/** What was read of a dump; the fingerprint is missing where it could not be opened. */
export type DumpContent = Pick<ScannedDump, 'fingerprint' | 'tables'>;

/** The tables of one dump. What is wrong with it, or with one of its tables, is in the result; a transient error is thrown. */
export async function readDump(source: DumpSource, dump: Dump, task: ReadingTask): Promise<DumpContent> {
  let archive: Archive | undefined;
  try {
    archive = await openDump(source, dump.file, task.limits);
    const { identity } = archive;
    const pinned = identity === undefined ? dump : { ...dump, object: identity };
    const fingerprint = await fingerprintOf(archive);
    return { ...fingerprint, tables: await readTables(archive, pinned, task) };
  } catch (error) {
    if (!(error instanceof MotherloadError) || error instanceof TransientError) throw error;
    return { ...(await fingerprintOf(archive)), tables: [failedDump(dump, error)] };
  } finally {
    await archive?.close();
  }
}

/** None of a dump that was not opened, or has an entry of which nobody knows what it is: no other dump is taken for it. */
async function fingerprintOf(archive: Archive | undefined): Promise<Pick<DumpContent, 'fingerprint'>> {
  if (archive === undefined) return {};
  try {
    return { fingerprint: await archive.fingerprint() };
  } catch (error) {
    if (error instanceof DataError) return {};
    throw error;
  }
}

/** The one entry of a dump of which no table can be loaded. */
export function failedDump(dump: Dump, error: MotherloadError): DumpTable {
  return { dump, table: WHOLE_DUMP, columns: [], failure: error.at({ file: dump.file }).toFailure() };
}

async function readTables(archive: Archive, dump: Dump, task: ReadingTask): Promise<readonly DumpTable[]> {
  const naming = namingOf(task.format, dump);
  if (isShell(naming)) refuseUnfinished(archive.entries.map(({ name }) => name));
  const withData = groupEntries(archive.entries, naming, dump.file);
  const groups = [...withData, ...(await tablesWithoutData(archive, dump.file, naming, withData, task.limits))];
  if (groups.length === 0) {
    const { schemaExtension, datExtension } = task.format;
    const message = `the ZIP has no ${schemaExtension} or ${datExtension} files: check spec.format, or exclude it with spec.source.exclude`;
    throw new DataError('DumpWithoutTables', message);
  }
  const tables: DumpTable[] = [];
  for (const [index, group] of groups.entries()) {
    if (index % PREFETCHED_TABLES === 0)
      await archive.prefetch(schemaFilesOf(groups.slice(index, index + PREFETCHED_TABLES)));
    tables.push(await readTable(archive, dump, group, task));
  }
  return tables;
}

function schemaFilesOf(groups: readonly TableFiles[]): readonly ArchiveEntry[] {
  return groups.flatMap(({ schemaFile }) => (schemaFile === undefined ? [] : [schemaFile]));
}

async function readTable(archive: Archive, dump: Dump, files: TableFiles, task: ReadingTask): Promise<DumpTable> {
  const { table, schemaFile, problem } = files;
  let found: Pick<DumpTable, 'dat' | 'schemaFile'> = {};
  try {
    found = await identifyFiles(archive, files);
    if (problem !== undefined) throw problem;
    const columns = schemaFile === undefined ? [] : (await readSchema(archive, dump, schemaFile, table, task)).columns;
    return { dump, table, ...found, columns };
  } catch (error) {
    if (!(error instanceof MotherloadError) || error instanceof TransientError) throw error;
    return { dump, table, ...found, columns: [], failure: error.at({ file: dump.file, table }).toFailure() };
  }
}

async function identifyFiles(
  archive: Archive,
  { dat, schemaFile }: TableFiles,
): Promise<Pick<DumpTable, 'dat' | 'schemaFile'>> {
  return {
    ...(dat && { dat: { ...dat, crc32: await archive.identify(dat) } }),
    ...(schemaFile && { schemaFile: { ...schemaFile, crc32: await archive.identify(schemaFile) } }),
  };
}
