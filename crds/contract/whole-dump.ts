/** The table name of an entry for a dump of which no table could be read. */
export const WHOLE_DUMP = '*';

/** A table may be called `*` too, but has a file then. */
export function isWholeDump(found: {
  readonly table: string;
  readonly dat?: object;
  readonly schemaFile?: object;
}): boolean {
  return found.table === WHOLE_DUMP && found.dat === undefined && found.schemaFile === undefined;
}
