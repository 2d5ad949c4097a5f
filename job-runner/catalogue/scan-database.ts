import { matchesPattern } from '../../crds/contract/name-pattern.ts';
import { DataError, ManifestError, MotherloadError, shorten, TransientError } from '../../crds/contract/errors.ts';
import type { CatalogueTask, SourceDatabase } from '../../crds/contract/task.ts';
import { entryLocation } from '../dump/archive.ts';
import { fingerprintOf, schemaColumnsOf, type SourceTable } from '../dump/source-table.ts';
import { comparableName } from '../plan/source-name.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import type { Dump, DumpTable } from './dump-table.ts';

type ScanTask = Pick<CatalogueTask, 'format' | 'limits'>;

/** What has rows of its own. Of a table with system versioning those that are current. */
const TABLE_KINDS = ['BASE TABLE', 'SYSTEM VERSIONED'];

/** Every table of the schema that the patterns select, by name, as one dump. What else has such a name is in the result with what it is. */
export async function scanDatabase(task: ScanTask, database: SourceDatabase): Promise<readonly DumpTable[]> {
  const { driver, schema, version } = database;
  const dump: Dump = { file: `${driver}:${schema}`, app: schema, version, dialect: task.format.dialect };
  const selected = (await readTables(database)).filter(({ name }) => isSelected(name, database));
  if (selected.length === 0) throw noTables(dump, database);
  if (selected.length > task.limits.maxTables) throw tooManyTables(dump, task);
  const byName = Map.groupBy(selected, ({ name }) => comparableName(name));
  return selected.map((table) => describeTable(dump, table, byName.get(comparableName(table.name)) ?? []));
}

/** Only the driver that is used is loaded. */
async function readTables(database: SourceDatabase): Promise<readonly SourceTable[]> {
  const driver =
    database.driver === 'mssql'
      ? await import('../dump/mssql-server/read-tables.ts')
      : await import('../dump/mysql-server/read-tables.ts');
  return await driver.readTables(database);
}

function isSelected(name: string, { includeTables, excludeTables }: SourceDatabase): boolean {
  const fits = (pattern: string) => matchesPattern(pattern, name);
  return includeTables.some(fits) && !excludeTables.some(fits);
}

function describeTable(dump: Dump, found: SourceTable, ofSameName: readonly SourceTable[]): DumpTable {
  const { name, kind, rows, bytes, columns } = found;
  const table = comparableName(name);
  const location = { file: entryLocation(dump.file, name), table };
  if (!TABLE_KINDS.includes(kind)) {
    const article = /^[AEIOU]/i.test(kind) ? 'an' : 'a';
    const message = `it is ${article} ${shorten(kind.toLowerCase(), 60)} and not a table, so its rows are those of others: nothing is loaded`;
    return { dump, table, columns: [], skipped: message };
  }
  const files = {
    dat: { name, bytes, compressedBytes: bytes, rows },
    schemaFile: { name, ...fingerprintOf(columns) },
  };
  try {
    const read = readable(found, ofSameName, () => schemaColumnsOf(columns, location));
    return { dump, table, ...files, columns: read };
  } catch (error) {
    // What passes is tried again with the whole catalogue.
    if (!(error instanceof MotherloadError) || error instanceof TransientError) throw error;
    return { dump, table, ...files, columns: [], failure: error.at(location).toFailure() };
  }
}

function readable(
  { name, isReadable, refusal }: SourceTable,
  ofSameName: readonly SourceTable[],
  columns: () => readonly SchemaColumn[],
): readonly SchemaColumn[] {
  const other = ofSameName.find((table) => table.name !== name);
  if (other !== undefined) {
    const message = `the schema also has ${shorten(other.name)}, and names are compared in lower case: exclude one with spec.source.database.excludeTables`;
    throw new DataError('DuplicateEntry', message);
  }
  if (refusal !== undefined) throw refusal;
  if (isReadable) return columns();
  const message =
    'the user may not SELECT its columns: grant SELECT on it, or exclude it with spec.source.database.excludeTables';
  throw new ManifestError('SourceAccessDenied', message);
}

function noTables({ file }: Dump, { includeTables, excludeTables }: SourceDatabase): ManifestError {
  const without = excludeTables.length === 0 ? '' : ` without ${excludeTables.join(', ')}`;
  const message = `no table that the user may see matches ${includeTables.join(', ')}${without}: check spec.source.database, and that the user may SELECT them`;
  return new ManifestError('NoDumps', message, { file });
}

function tooManyTables({ file }: Dump, { limits }: ScanTask): ManifestError {
  const message = `the schema has more than ${limits.maxTables} tables (spec.limits.maxTables): raise the limit, or narrow spec.source.database.includeTables`;
  return new ManifestError('TooManyTables', message, { file });
}
