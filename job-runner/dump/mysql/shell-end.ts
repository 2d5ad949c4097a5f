import { DataError, shorten } from '../../../crds/contract/errors.ts';
import type { Limits } from '../../../crds/contract/task.ts';
import { comparableName } from '../../plan/source-name.ts';
import { entryLocation, type Archive } from '../archive.ts';
import type { TableFiles } from '../table-files.ts';
import { objectIn, parseObject, type JsonObject, type ShellTable } from './shell-table.ts';

const END = /(?:^|\/)@\.done\.json$/;

/**
 * How many rows of the table the folder's `@.done.json` says were written; undefined before MySQL Shell 8.0.33, which does not count them. By
 * write_dump_finished_metadata in modules/util/dump/dumper.cc of https://github.com/mysql/mysql-shell
 */
export function rowsWritten(
  done: JsonObject,
  { schema, name }: Pick<ShellTable, 'schema' | 'name'>,
): number | undefined {
  const rows = objectIn(objectIn(done['tableRows'])[schema])[name];
  return typeof rows === 'number' ? rows : undefined;
}

/** Tables whose data was written, as `@.done.json` says, and of which nothing is in the ZIP, each with its problem. */
export async function missingShellTables(
  archive: Archive,
  dump: string,
  present: readonly TableFiles[],
  { maxSchemaFileBytes }: Pick<Limits, 'maxSchemaFileBytes'>,
): Promise<readonly TableFiles[]> {
  const known = new Set(present.map(({ table }) => table));
  const missing: TableFiles[] = [];
  for (const entry of archive.entries) {
    if (!END.test(entry.name) || entry.bytes > maxSchemaFileBytes) continue;
    const location = { file: entryLocation(dump, entry.name) };
    const { tableDataBytes } = parseObject(await archive.readSmall(entry, maxSchemaFileBytes), location);
    for (const written of Object.values(objectIn(tableDataBytes)).flatMap((tables) => Object.keys(objectIn(tables)))) {
      const table = comparableName(written);
      if (known.has(table)) continue;
      known.add(table);
      const message = `it says that the data of ${shorten(written, 100)} was written, and the ZIP has no files of it: pack the whole folder`;
      missing.push({ table, problem: new DataError('ShellTableMissing', message, location) });
    }
  }
  return missing;
}
