import type { DatabaseSource } from './task.ts';

/** So many fit into the task of one Job, which a run that reads them as of one moment has. */
export const MAX_TABLES_OF_ONE_MOMENT = 100;

/** Whether all tables of the run are read as of one moment: by one Job, and loaded all of them or none. */
export function isOfOneMoment({ database }: { readonly database?: DatabaseSource | undefined }): boolean {
  return database?.snapshot === 'AllTables';
}
