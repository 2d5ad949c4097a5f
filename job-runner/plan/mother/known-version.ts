import { typesOf, type DumpedTable } from './mother-derived.ts';

/** A version below an existing mother, from the ledger. */
export interface KnownVersion {
  readonly mother: string;
  readonly versionTable: string;
  readonly dump: string;
  readonly version: string;
  readonly content: { readonly crc32: string; readonly bytes: number };
  /**
   * The dump's columns with the types that they have by its schema file. Of a load before Motherload recorded them those of the version table, without
   * types.
   */
  readonly columns: ReadonlyMap<string, string | undefined>;
  readonly isRecorded: boolean;
}

/**
 * Tells whether the very content of a table is loaded already, below a mother: it is one of the versions and brings nothing that disagrees with
 * them. Thousands of tables may be asked about thousands of versions.
 */
export function contentsOf(known: readonly KnownVersion[]): (table: DumpedTable, mother: string) => boolean {
  const byContent = Map.groupBy(known, ({ mother, content }) => keyOf(mother, content));
  return (table, mother) => {
    const same = table.content === undefined ? undefined : byContent.get(keyOf(mother, table.content));
    if (same === undefined) return false;
    const types = typesOf(table);
    return same.some(({ columns, isRecorded }) => !isRecorded || isSame(types, columns));
  };
}

function keyOf(mother: string, { crc32, bytes }: KnownVersion['content']): string {
  return JSON.stringify([mother, crc32, bytes]);
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string | undefined>): boolean {
  return one.size === other.size && [...one].every(([name, type]) => other.get(name) === type);
}
