import { commonType } from '../common-type.ts';
import { dumpColumnsOf } from '../dump-columns.ts';
import type { MotherPlan } from './mother-plan.ts';
import type { SchemaColumn } from '../table-plan.ts';
import type { TypeMap } from '../type-map.ts';

/** A table in one dump. */
export interface DumpedTable {
  readonly table: string;
  readonly file: string;
  readonly version: string;
  /** What the ledger knows the content of its DAT file by. */
  readonly content?: { readonly crc32: string; readonly bytes: number };
  readonly columns: readonly SchemaColumn[];
  readonly typeMap: TypeMap;
}

/**
 * The columns that all dumps of a table have in common, in the order of the first dump, each in the narrowest type that holds the types of all
 * dumps. A dump without a schema file cannot be loaded, so it does not count.
 */
export function deriveColumns(tables: readonly DumpedTable[]): MotherPlan['columns'] {
  const [first, ...others] = tables.filter((table) => table.columns.length > 0).map(typesOf);
  const common = [...(first ?? [])].filter(([name]) => others.every((types) => types.has(name)));
  return common.map(([name, type]) => ({
    name,
    type: others.reduce((narrowest, types) => commonType(narrowest, types.get(name) ?? 'text'), type),
    notNull: false,
  }));
}

export function typesOf({ columns, typeMap }: DumpedTable): Map<string, string> {
  return new Map(dumpColumnsOf(columns, typeMap).map(({ name, type }) => [name, type]));
}
