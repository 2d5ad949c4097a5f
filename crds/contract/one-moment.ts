import { DataError, type Location } from './errors.ts';
import type { DatabaseSource } from './task.ts';

/** So many fit into the task of one Job, which a run that reads them as of one moment has. */
export const MAX_TABLES_OF_ONE_MOMENT = 100;

/** Whether all tables of the run are read as of one moment: by one Job, and loaded all of them or none. */
export function isOfOneMoment({ database }: { readonly database?: DatabaseSource | undefined }): boolean {
  return database?.snapshot === 'AllTables';
}

/** What the others of them fail with where a table cannot be loaded. */
export function otherTableFailed(table: string, location: Location): DataError {
  const message = `it is not loaded, since ${table} cannot be: spec.source.database.snapshot is AllTables`;
  return new DataError('OtherTableFailed', message, location);
}
