import { columnName } from './identifier.ts';
import type { DumpColumn, SchemaColumn } from './table-plan.ts';
import { mapType, type TypeMap } from './type-map.ts';

/** In the order of the schema file. */
export function dumpColumnsOf(columns: readonly SchemaColumn[], typeMap: TypeMap): readonly DumpColumn[] {
  return columns.map(({ name, sourceType }) => ({ name: columnName(name), type: mapType(typeMap, sourceType).type }));
}
