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
