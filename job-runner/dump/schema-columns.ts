import { DataError, shorten, type Location } from '../../crds/contract/errors.ts';
import { MAX_COLUMNS } from '../plan/columns.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';

/** A table has at least one column, and PostgreSQL has a bound. */
export function refuseCount(count: number, location: Location): void {
  if (count === 0) throw new DataError('SchemaFileEmpty', 'it names no column: a table has at least one', location);
  if (count <= MAX_COLUMNS) return;
  const message = `it names ${count} columns; PostgreSQL allows at most ${MAX_COLUMNS} in a table: split the table in the dump`;
  throw new DataError('TooManyColumns', message, location);
}

export function refuseDuplicates(columns: readonly SchemaColumn[], location: Location): void {
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name)) {
      const message = `it names the column "${shorten(name)}" twice (names are compared in lower case): remove or rename one`;
      throw new DataError('SchemaFileDuplicateColumn', message, { ...location, column: name });
    }
    names.add(name);
  }
}

/** What is said of a column, by keys in lower case. */
export type SchemaItem = ReadonlyMap<string, unknown>;

/** INFORMATION_SCHEMA has the one, and sys.columns of MSSQL the other. */
const POSITIONS = ['ordinal_position', 'column_id'];
const POSITION = /^\d{1,9}$/;

/** The columns by their positions in the table, where all have one: a query without ORDER BY may list them in any other order. */
export function inTheirOrder(
  columns: readonly SchemaColumn[],
  items: readonly (SchemaItem | undefined)[],
  location: Location,
): readonly SchemaColumn[] {
  const key = POSITIONS.find((name) => items.some((item) => item?.has(name) === true));
  if (key === undefined) return columns;
  const positions = items.map((item) => String(item?.get(key)));
  if (!positions.every((position) => POSITION.test(position)) || new Set(positions.map(Number)).size < columns.length) {
    const message = `it has ${key}, which must be a number of its own for each column: correct the numbers, or remove them and list the columns in their order`;
    throw new DataError('SchemaFileColumn', message, location);
  }
  const placed = columns.map((column, index) => ({ column, position: Number(positions[index]) }));
  return placed.sort((one, other) => one.position - other.position).map(({ column }) => column);
}

/** The list of a whole schema would make one table of all. */
export function refuseSeveralTables(items: readonly (SchemaItem | undefined)[], location: Location): void {
  const tables = new Set(items.map((item) => item?.get('table_name')).filter((name) => typeof name === 'string'));
  const [first, second] = tables;
  if (first === undefined || second === undefined) return;
  const message = `it lists the columns of several tables, ${shorten(first)} and ${shorten(second)} among them: write a schema file for each table`;
  throw new DataError('SchemaFileColumn', message, location);
}
