import { DataError, shorten, type Location } from '../../../crds/contract/errors.ts';
import type { Format } from '../../../crds/contract/format.ts';
import { utf16Order } from '../../plan/encodings.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { TableSchema } from '../found-format.ts';
import { unreadable } from './bcp-field.ts';
import type { BcpTable } from './format-file.ts';

/**
 * A table by bcp's format file: the order of its columns and the terminators, and by the schema file their types, or by an XML format file where
 * there is none. A collation does not tell the encoding, since `-C 65001` takes precedence over it.
 */
export function describedByBcp(
  { columns, isWide, format }: BcpTable,
  schemaColumns: readonly SchemaColumn[] | undefined,
  { encoding }: Format,
  location: Location,
): TableSchema {
  const found = isWide ? { encoding: 'UTF16LE' } : utf16Order(encoding) === undefined ? {} : { encoding: 'UTF8' };
  const typed =
    schemaColumns === undefined ? refuseUntyped(columns, location) : reorder(columns, schemaColumns, location);
  return { columns: typed, found: { format: { ...format, ...found }, location } };
}

function refuseUntyped(columns: readonly SchemaColumn[], location: Location): readonly SchemaColumn[] {
  const untyped = columns.find(({ sourceType }) => sourceType === '');
  if (untyped === undefined) return columns;
  const message = `there is no schema file, and bcp's format file does not say the type of column ${shorten(untyped.name, 60)}: add a schema file, or create an XML format file with bcp ... format nul -c -x -f`;
  throw new DataError('SchemaFileMissing', message, location);
}

function reorder(
  columns: readonly SchemaColumn[],
  schemaColumns: readonly SchemaColumn[],
  location: Location,
): readonly SchemaColumn[] {
  const byName = new Map(schemaColumns.map((column) => [column.name, column]));
  const ordered = columns.map(({ name }) => {
    const column = byName.get(name);
    if (column === undefined) throw unreadable(`its column ${shorten(name, 60)} is not in the schema file`, location);
    byName.delete(name);
    return column;
  });
  const [missing] = byName.keys();
  if (missing === undefined) return ordered;
  throw unreadable(`it lacks the column ${shorten(missing, 60)} of the schema file`, location);
}
