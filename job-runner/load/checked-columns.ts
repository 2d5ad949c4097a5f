import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { Database } from '../database/connection.ts';
import { readServerEncoding } from '../database/encoding.ts';
import type { TableData } from '../dump/table-data.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/**
 * Throws where a value that the source could not spell would be loaded. The byte in its place, which UTF-8 never has, is refused as such, but not in a
 * column of bytes, nor by a database without an encoding.
 */
export async function refuseUncheckedColumns(
  db: Database,
  { utf8Columns = [] }: Pick<TableData, 'utf8Columns'>,
  { columns }: Pick<TablePlan, 'columns'>,
  location: Location,
): Promise<void> {
  const [column] = utf8Columns;
  if (column === undefined) return;
  const ofBytes = columns.find(({ name, binary }) => binary !== undefined && utf8Columns.includes(name));
  if (ofBytes !== undefined)
    throw unchecked(`${ofBytes.type} takes any byte`, ofBytes.name, 'Map its type to text', location);
  if ((await readServerEncoding(db)) === 'SQL_ASCII')
    throw unchecked(
      'the target database is SQL_ASCII and takes any byte',
      column,
      'Use one with the encoding UTF8',
      location,
    );
}

function unchecked(why: string, column: string, remedy: string, location: Location): DataError {
  const message = `the source may have no exact text of a value, which nobody would notice, since ${why}. ${remedy}, or exclude the table`;
  return new DataError('NotInEncoding', message, { ...location, column });
}
