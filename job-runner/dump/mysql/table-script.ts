import { DataError, shorten, type Location } from '../../../crds/contract/errors.ts';
import { comparableName, sourceColumnName } from '../../plan/source-name.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import { refuseCount, refuseDuplicates } from '../schema-columns.ts';
import { decodeSchemaText } from '../schema-text.ts';
import { parseCreateTables, UnreadableScript, type CreatedTable } from './create-table.ts';

/** How mysqldump says what its file is in, unless --skip-set-charset or --compact leave it out. With other character sets all data is in that one. */
const NAMES = /SET NAMES (\w+)/;
const UTF8_NAMES = /^(?:utf8|binary)/;
const HEAD_BYTES = 4096;

/** The columns of the table that a script creates, which mysqldump leaves beside the table's data. */
export function parseTableScript(bytes: Buffer, table: string, location: Location): readonly SchemaColumn[] {
  const names = NAMES.exec(bytes.toString('latin1', 0, HEAD_BYTES))?.[1];
  const isUtf8 = names !== undefined && UTF8_NAMES.test(names);
  const areOwn = names === undefined || isUtf8;
  // A default of a binary column may be bytes that are no text, so that one of these does not mean another encoding.
  const sql = isUtf8 ? bytes.toString('utf8') : decodeSchemaText(bytes);
  if (sql === undefined) throw unreadable('it is UTF-16 and ends within a character', location);
  const { columns } = chooseTable(parse(sql, location), table, location);
  refuseCount(columns.length, location);
  const read = columns.map(({ name, type, charset }): SchemaColumn => {
    const column = sourceColumnName(name);
    if (name.includes('\ufffd') || !name.isWellFormed() || column === '' || column.includes('\0'))
      throw unreadable(`the column name ${shorten(name, 60)} is not in UTF-8`, location);
    return { name: column, sourceType: type, ...(charset === undefined || !areOwn ? {} : { charset }) };
  });
  refuseDuplicates(read, location);
  return read;
}

/**
 * Throws where the script says that moments were written in the time zone of a session, which nobody knows: it sets what mysqldump sets unless `--compact` leaves it
 * out, and no time zone, which is `--skip-tz-utc`. (`write_header` in MariaDB's client/mysqldump.c.)
 */
export function refuseLocalTimestamps(bytes: Buffer, location: Location): void {
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  if (!head.includes('SET @OLD_SQL_NOTES') || head.includes("SET TIME_ZONE='+00:00'")) return;
  const message =
    'the table was dumped with --skip-tz-utc, so nobody knows which moments its timestamps are: dump it again without that option, or add a schema file that says datetime';
  throw new DataError('TimestampsLocal', message, location);
}

/** Engines whose rows are those of other tables or of another server: mysqldump leaves their data out (`--no-data-med`, which is its default). */
const WITHOUT_DATA = /^\) ENGINE=(?:MRG_(?:My)?ISAM|MERGE|FEDERATED|CONNECT|OQGRAPH|SPIDER|VP)\b/im;

/** Whether a script creates one table of this name whose data is to be there, and nothing of a view: older mysqldumps create a table in its place first. */
export function createsTable(bytes: Buffer, table: string): boolean {
  const sql = bytes.toString('utf8');
  if (!/^CREATE TABLE\b/im.test(sql) || /\bVIEW\b/i.test(sql) || WITHOUT_DATA.test(sql)) return false;
  try {
    const [found, second] = parseCreateTables(sql);
    return found !== undefined && second === undefined && comparableName(found.name) === table;
  } catch (error) {
    if (error instanceof UnreadableScript) return false;
    throw error;
  }
}

function parse(sql: string, location: Location): readonly CreatedTable[] {
  try {
    return parseCreateTables(sql);
  } catch (error) {
    if (!(error instanceof UnreadableScript)) throw error;
    const line = sql.slice(0, error.offset).split('\n').length;
    throw unreadable(error.message, { ...location, line }, error);
  }
}

function chooseTable(tables: readonly CreatedTable[], table: string, location: Location): CreatedTable {
  const named = tables.filter(({ name }) => comparableName(name) === table);
  const [found, second] = named.length > 0 ? named : tables;
  if (found !== undefined && second === undefined) return found;
  const problem =
    found === undefined ? 'it has no CREATE TABLE' : `it creates several tables, and not one ${shorten(table, 60)}`;
  throw unreadable(problem, location);
}

function unreadable(problem: string, location: Location, cause?: unknown): DataError {
  const message = `the table's columns cannot be read from its CREATE TABLE (${problem}): create it with mysqldump, or add a schema file`;
  return new DataError('TableScriptUnreadable', message, location, { cause });
}
