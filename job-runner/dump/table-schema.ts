import { DataError, shorten, type Location } from '../../crds/contract/errors.ts';
import type { Format, Limits } from '../../crds/contract/task.ts';
import { parseSourceType } from '../plan/source-type.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { describedByBcp } from './bcp/described-table.ts';
import { parseFormatFile } from './bcp/format-file.ts';
import { isMysqlDialect } from './dialects.ts';
import { isBcp, roleOfEntry, SCRIPT_EXTENSION } from './entry-name.ts';
import type { TableSchema } from './found-format.ts';
import { isGeometry } from './mysql/geometry.ts';
import {
  parseObject,
  parseShellTable,
  refuseSessionTimes,
  shellColumns,
  unreadable,
  type ShellTable,
} from './mysql/shell-table.ts';
import { rowsWritten } from './mysql/shell-end.ts';
import { roleOfShellEntry } from './mysql/shell-names.ts';
import { parseTableScript, refuseLocalTimestamps } from './mysql/table-script.ts';
import { refuseDuplicates } from './schema-columns.ts';
import { parseSchemaFile } from './schema-file.ts';
import { isShell, type TableNaming } from './table-files.ts';

/** A dump by its file and the dialect of its types. */
interface DumpSource {
  readonly file: string;
  readonly dialect: string;
}

/** What the names of a dump's entries depend on. */
export function namingOf(format: Format, { dialect }: DumpSource): TableNaming {
  return { ...format, isMysql: isMysqlDialect(dialect, format) };
}

interface ReadingTask {
  readonly format: Format;
  readonly limits: Limits;
}

/** The columns of a table by its schema file, or by what the source's own tool wrote in place of one. */
export async function readSchema(
  archive: Archive,
  dump: DumpSource,
  entry: ArchiveEntry,
  table: string,
  task: ReadingTask,
): Promise<TableSchema> {
  const location = { file: entryLocation(dump.file, entry.name), table };
  const bytes = await readBounded(archive, entry, task.limits.maxSchemaFileBytes, location);
  if (isShell(task.format)) return await readShellTable(archive, dump, entry, parseShellTable(bytes, location), task);
  const naming = namingOf(task.format, dump);
  const part = roleOfEntry(entry.name, naming)?.part;
  if (part === 'TableScript') {
    const columns = parseTableScript(bytes, table, location);
    if (columns.some(isMoment)) refuseLocalTimestamps(bytes, location);
    return { columns: task.format.preset === 'mysql-tab' ? columns.map(withGeometryAsBytes) : columns };
  }
  if (part === 'FormatFile') return describedByBcp(parseFormatFile(bytes, location), undefined, task.format, location);
  const columns = parseSchemaFile(bytes, location);
  const formatFile = isBcp(task.format.preset) ? findFormatFile(archive, table, naming) : undefined;
  if (formatFile === undefined) return { columns };
  const place = { file: entryLocation(dump.file, formatFile.name), table };
  const formatBytes = await readBounded(archive, formatFile, task.limits.maxSchemaFileBytes, place);
  return describedByBcp(parseFormatFile(formatBytes, place), columns, task.format, place);
}

function findFormatFile(archive: Archive, table: string, naming: TableNaming): ArchiveEntry | undefined {
  const byTable = archive.contents.derive('FormatFiles', JSON.stringify(naming), () => {
    const files = archive.entries.flatMap((entry) => {
      const role = roleOfEntry(entry.name, naming);
      return role?.part === 'FormatFile' ? [[role.table, entry] as const] : [];
    });
    return new Map(files.toReversed());
  });
  return byTable.get(table);
}

/** With CREATE TABLE from the `.sql` beside the `.json`. */
async function readShellTable(
  archive: Archive,
  dump: DumpSource,
  { name }: ArchiveEntry,
  described: ShellTable,
  { format, limits }: ReadingTask,
): Promise<TableSchema> {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const read = async (file: string) => {
    const entry = archive.contents.find(file);
    const location = { file: entryLocation(dump.file, file) };
    return entry && { bytes: await readBounded(archive, entry, limits.maxSchemaFileBytes, location), location };
  };
  const location = { file: entryLocation(dump.file, name) };
  const script = await read(name.replace(/\.json$/i, SCRIPT_EXTENSION));
  if (script === undefined) throw unreadable('there is no .sql with CREATE TABLE beside it', location);
  const naming = namingOf(format, dump);
  const present = archive.contents.derive('Partitions', JSON.stringify(naming), () => partitionsIn(archive, naming));
  const missing = described.partitions.find((partition) => !present.has(partition));
  if (missing !== undefined)
    throw unreadable(`the data of its partition ${shorten(missing, 100)} is missing`, location);
  const created = parseTableScript(script.bytes, described.name.toLowerCase(), script.location);
  const columns = shellColumns(described, created, location);
  refuseDuplicates(columns, location);
  const instance = columns.some(isMoment) ? await read(`${folder}@.json`) : undefined;
  if (instance !== undefined) refuseSessionTimes(instance.bytes, instance.location);
  const readDeclaredRows = async (): Promise<number | undefined> => {
    const file = `${folder}@.done.json`;
    // One of very many chunks is no reason to load nothing: without it the rows are as little known as of an older dump.
    const isTooLarge = (archive.contents.find(file)?.bytes ?? 0) > limits.maxSchemaFileBytes;
    if (isTooLarge) return undefined;
    // It lists all tables, and each of them asks.
    const done = await archive.contents.deriveRead('ShellEnd', JSON.stringify([dump.file, file]), async () => {
      const end = await read(file);
      return end && parseObject(end.bytes, end.location);
    });
    return done && rowsWritten(done, described);
  };
  return { columns, found: { format: described.format, location }, readDeclaredRows };
}

/** The server writes a geometry into a file as the bytes that it keeps. */
function withGeometryAsBytes(column: SchemaColumn): SchemaColumn {
  return isGeometry(parseSourceType(column.sourceType).words) ? { ...column, sourceType: 'longblob' } : column;
}

function isMoment({ sourceType }: SchemaColumn): boolean {
  return parseSourceType(sourceType).words === 'timestamp';
}

/** How the names of all files with data of a partition begin. */
function partitionsIn(archive: Archive, naming: TableNaming): ReadonlySet<string> {
  const chunks = archive.entries.flatMap(({ name }) => roleOfShellEntry(name, naming)?.chunk ?? []);
  return new Set(chunks.map(({ table, partition = '' }) => `${table}@${partition}`));
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
