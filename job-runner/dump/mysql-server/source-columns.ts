import { isGeometry } from '../mysql/geometry.ts';
import type { SourceColumn } from '../source-table.ts';

export interface SourceSelect {
  readonly table: string;
  readonly columns: readonly SourceColumn[];
  /** The primary key's columns where reading in its order costs nothing; empty otherwise. */
  readonly order: readonly string[];
}

/**
 * The SELECT of all rows. Its columns are named, since * leaves out invisible ones. In the order of the primary key, which is InnoDB's own, the same
 * rows have the same digest. A condition is for a table with such an order.
 */
export function selectStatement({ table, columns, order }: SourceSelect, condition = ''): string {
  const list = columns.map(expressionOf).join(', ');
  const from = `SELECT ${list} FROM ${quoteName(table)}`;
  if (order.length === 0) return from;
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  return `${from} FORCE INDEX (PRIMARY)${where} ORDER BY ${order.map(quoteName).join(', ')}`;
}

/** The column, or what has its exact value where its own text has not. */
function expressionOf({ name, dataType }: SourceColumn): string {
  const column = quoteName(name);
  const type = dataType.toLowerCase();
  // Of a FLOAT the server prints six digits, of a DOUBLE as many as it takes. A factor keeps the sign of a zero, which a sum would not.
  if (type === 'float') return `${column} * 1e0`;
  if (isGeometry(type)) return extendedWkb(`HEX(${column})`);
  return type === 'vector' ? `HEX(${column})` : column;
}

/**
 * PostGIS's text of a geometry, with all bits of its coordinates, which well-known text rounds. MySQL stores four bytes of SRID and the WKB, in which
 * PostGIS has the SRID behind the type, marked by a bit of it. https://libgeos.org/specifications/wkb/#extended-wkb
 */
function extendedWkb(hex: string): string {
  const withSrid = `CONCAT('01', SUBSTR(${hex}, 11, 6), '20', LEFT(${hex}, 8), SUBSTR(${hex}, 19))`;
  return `IF(LEFT(${hex}, 8) = '00000000', SUBSTR(${hex}, 9), ${withSrid})`;
}

/** https://dev.mysql.com/doc/refman/9.4/en/identifiers.html */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
