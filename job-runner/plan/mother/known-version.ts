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

/** Whether the very content is loaded already: it is one of the versions and brings nothing that disagrees with them. */
export function isKnown(table: DumpedTable, known: readonly KnownVersion[]): boolean {
  const { content } = table;
  if (content === undefined) return false;
  const types = typesOf(table);
  return known.some(
    ({ content: { crc32, bytes }, columns, isRecorded }) =>
      crc32 === content.crc32 && bytes === content.bytes && (!isRecorded || isSame(types, columns)),
  );
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string | undefined>): boolean {
  return one.size === other.size && [...one].every(([name, type]) => other.get(name) === type);
}
