import { DataError, shorten, type Location } from '../../../crds/contract/errors.ts';
import { sourceColumnName } from '../../plan/source-name.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import { refuseCount, refuseDuplicates } from '../schema-columns.ts';
import { decodeSchemaText } from '../schema-text.ts';
import { parseCreateTables, UnreadableScript, type CreatedTable } from './create-table.ts';

/** How mysqldump says what its file is in. With other character sets all data is in that one. */
const UTF8_SCRIPT = /SET NAMES (?:utf8|binary)/;
const HEAD_BYTES = 4096;

/** The columns of the table that a script creates, which mysqldump leaves beside the table's data. */
export function parseTableScript(bytes: Buffer, table: string, location: Location): readonly SchemaColumn[] {
  const isUtf8 = UTF8_SCRIPT.test(bytes.toString('latin1', 0, HEAD_BYTES));
  // A default of a binary column may be bytes that are no text, so that one of these does not mean another encoding.
  const sql = isUtf8 ? bytes.toString('utf8') : decodeSchemaText(bytes);
  if (sql === undefined) throw unreadable('it is UTF-16 and ends within a character', location);
  const { columns } = chooseTable(parse(sql, location), table, location);
  refuseCount(columns.length, location);
  const read = columns.map(({ name, type, charset }): SchemaColumn => {
    const column = sourceColumnName(name);
    if (name.includes('\ufffd') || !name.isWellFormed() || column === '' || column.includes('\0'))
      throw unreadable(`the column name ${shorten(name, 60)} is not in UTF-8`, location);
    return { name: column, sourceType: type, ...(charset === undefined || !isUtf8 ? {} : { charset }) };
  });
  refuseDuplicates(read, location);
  return read;
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
  const named = tables.filter(({ name }) => name.toLowerCase().normalize('NFC') === table);
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
