import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { Format, Limits } from '../../crds/contract/task.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { isMysqlDialect } from './dialects.ts';
import { roleOfEntry } from './entry-name.ts';
import { parseTableScript } from './mysql/table-script.ts';
import { parseSchemaFile } from './schema-file.ts';
import type { TableNaming } from './table-files.ts';

/** A dump by its file and the dialect of its types. */
interface DumpSource {
  readonly file: string;
  readonly dialect: string;
}

/** What the names of a dump's entries depend on. */
export function namingOf(format: Format, { dialect }: DumpSource): TableNaming {
  return { ...format, isMysql: isMysqlDialect(dialect, format) };
}

/** The columns of a table by its schema file, or by what the source's own tool wrote in place of one. */
export async function readSchema(
  archive: Archive,
  dump: DumpSource,
  entry: ArchiveEntry,
  table: string,
  { format, limits }: { readonly format: Format; readonly limits: Limits },
): Promise<readonly SchemaColumn[]> {
  const location = { file: entryLocation(dump.file, entry.name), table };
  const bytes = await readBounded(archive, entry, limits.maxSchemaFileBytes, location);
  const role = roleOfEntry(entry.name, namingOf(format, dump));
  return role?.part === 'TableScript' ? parseTableScript(bytes, table, location) : parseSchemaFile(bytes, location);
}

async function readBounded(
  archive: Archive,
  entry: ArchiveEntry,
  maxBytes: number,
  location: Location,
): Promise<Buffer> {
  if (entry.bytes > maxBytes) {
    const message = `it has ${entry.bytes} bytes, more than spec.limits.maxSchemaFileBytes (${maxBytes}): raise the limit if you trust the dump`;
    throw new DataError('SchemaFileTooLarge', message, location);
  }
  return await archive.readSmall(entry, maxBytes);
}
