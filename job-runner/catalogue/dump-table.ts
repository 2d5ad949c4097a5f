import type { Failure } from '../../crds/contract/errors.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import type { ArchiveEntry } from '../dump/archive.ts';
import type { DatEntry } from '../dump/table-chunks.ts';

/** A dump by what its path says. */
export interface Dump {
  readonly file: string;
  readonly app?: string;
  /** Empty where the name does not match the pattern. */
  readonly version: string;
  readonly dialect: string;
}

/** One (dump, table) pair as it was found. */
export interface DumpTable {
  readonly dump: Dump;
  /** In lower case; `*` where the failure is the whole dump's. */
  readonly table: string;
  readonly dat?: DatEntry;
  readonly schemaFile?: ArchiveEntry;
  /** Empty where there is a failure. */
  readonly columns: readonly SchemaColumn[];
  readonly failure?: Failure;
  /** Another dump that holds the same bytes, and is loaded in place of this one; `isLink`: they are one file. */
  readonly duplicate?: { readonly file: string; readonly isLink: boolean };
}

/** The table name of an entry for a dump of which no table could be read. */
export const WHOLE_DUMP = '*';

/** A table may be called `*` too, but has a file then. */
export function isWholeDump({ table, dat, schemaFile }: DumpTable): boolean {
  return table === WHOLE_DUMP && dat === undefined && schemaFile === undefined;
}
