import { DataError, shorten } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { roleOfEntry } from './entry-name.ts';
import { missingShellTables } from './mysql/shell-end.ts';
import { createsTable } from './mysql/table-script.ts';
import { isShell, type TableFiles, type TableNaming } from './table-files.ts';

/**
 * Tables of which a dump of mysqldump has CREATE TABLE and no data, each with its problem: `--tab` writes both for every table. Scripts of views, of
 * whole schemas and of anything else are none. And those of which MySQL Shell's dump should have files, and has none.
 */
export async function tablesWithoutData(
  archive: Archive,
  dump: string,
  naming: TableNaming,
  withData: readonly TableFiles[],
  limits: Pick<Limits, 'maxSchemaFileBytes'>,
): Promise<readonly TableFiles[]> {
  if (isShell(naming)) return await missingShellTables(archive, dump, withData, limits);
  if (!naming.isMysql) return [];
  const { maxSchemaFileBytes } = limits;
  const known = new Set(withData.map(({ table }) => table));
  const found: TableFiles[] = [];
  for (const entry of archive.entries) {
    const role = roleOfEntry(entry.name, naming);
    if (role?.part !== 'TableScript' || known.has(role.table) || entry.bytes > maxSchemaFileBytes) continue;
    if (!createsTable(await archive.readSmall(entry, maxSchemaFileBytes), role.table)) continue;
    known.add(role.table);
    found.push({ table: role.table, schemaFile: entry, problem: withoutData(role.table, entry, naming, dump) });
  }
  return found;
}

function withoutData(table: string, { name }: ArchiveEntry, { datExtension }: TableNaming, dump: string): DataError {
  const message = `the ZIP has its CREATE TABLE but no ${shorten(table + datExtension)}: create the dump again, or remove the script if the table has no data to load`;
  return new DataError('DatFileMissing', message, { file: entryLocation(dump, name) });
}
