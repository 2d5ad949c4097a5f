import { DataError, MotherloadError, TransientError } from '../../crds/contract/errors.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { openArchive, entryLocation, type Archive, type ArchiveEntry } from '../dump/archive.ts';
import { isMysqlDialect } from '../dump/dialects.ts';
import type { ScannedDump } from './duplicate-dumps.ts';
import { WHOLE_DUMP, type Dump, type DumpTable } from './dump-table.ts';
import { resolveDump } from '../dump/find-dumps.ts';
import { parseSchemaFile } from '../dump/schema-file.ts';
import { groupEntries, type TableFiles } from '../dump/table-files.ts';

type ReadingTask = Pick<CatalogueTask, 'dumpsFolder' | 'format' | 'limits'>;

/** What was read of a dump; the fingerprint is missing where it could not be opened. */
export type DumpContent = Pick<ScannedDump, 'fingerprint' | 'tables'>;

/** The tables of one dump. What is wrong with it, or with one of its tables, is in the result; a transient error is thrown. */
export async function readDump(dump: Dump, task: ReadingTask): Promise<DumpContent> {
  let archive: Archive | undefined;
  try {
    const path = await resolveDump(task.dumpsFolder, dump.file);
    archive = await openArchive(path, task.limits, dump.file);
    return { fingerprint: archive.fingerprint, tables: await readTables(archive, dump, task) };
  } catch (error) {
    if (!(error instanceof MotherloadError) || error instanceof TransientError) throw error;
    const { fingerprint } = archive ?? {};
    return { ...(fingerprint === undefined ? {} : { fingerprint }), tables: [failedDump(dump, error)] };
  } finally {
    await archive?.close();
  }
}

/** The one entry of a dump of which no table can be loaded. */
export function failedDump(dump: Dump, error: MotherloadError): DumpTable {
  return { dump, table: WHOLE_DUMP, columns: [], failure: error.at({ file: dump.file }).toFailure() };
}

async function readTables(archive: Archive, dump: Dump, task: ReadingTask): Promise<readonly DumpTable[]> {
  const naming = { ...task.format, isMysql: isMysqlDialect(dump.dialect, task.format) };
  const groups = groupEntries(archive.entries, naming, dump.file);
  if (groups.length === 0) {
    const { schemaExtension, datExtension } = task.format;
    const message = `the ZIP has no ${schemaExtension} or ${datExtension} files: check spec.format, or exclude it with spec.source.exclude`;
    throw new DataError('DumpWithoutTables', message);
  }
  const tables: DumpTable[] = [];
  for (const group of groups) tables.push(await readTable(archive, dump, group, task));
  return tables;
}

async function readTable(archive: Archive, dump: Dump, files: TableFiles, { limits }: ReadingTask): Promise<DumpTable> {
  const { problem, ...found } = files;
  try {
    if (problem !== undefined) throw problem;
    const columns =
      found.schemaFile === undefined
        ? []
        : await readColumns(archive, dump, found.schemaFile, limits.maxSchemaFileBytes);
    return { dump, ...found, columns };
  } catch (error) {
    if (!(error instanceof MotherloadError) || error instanceof TransientError) throw error;
    return { dump, ...found, columns: [], failure: error.at({ file: dump.file, table: found.table }).toFailure() };
  }
}

async function readColumns(
  archive: Archive,
  dump: Dump,
  entry: ArchiveEntry,
  maxBytes: number,
): Promise<readonly SchemaColumn[]> {
  const location = { file: entryLocation(dump.file, entry.name) };
  if (entry.bytes > maxBytes) {
    const message = `it has ${entry.bytes} bytes, more than spec.limits.maxSchemaFileBytes (${maxBytes}): raise the limit if you trust the dump`;
    throw new DataError('SchemaFileTooLarge', message, location);
  }
  return parseSchemaFile(await archive.readSmall(entry, maxBytes), location);
}
