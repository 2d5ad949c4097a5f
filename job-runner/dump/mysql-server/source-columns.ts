import { isGeometry } from '../mysql/geometry.ts';
import type { SourceColumn } from '../source-table.ts';

/** Every character that these can have is one of Unicode. */
const UNICODE = /^(?:utf8|utf8mb3|utf8mb4|ucs2|utf16|utf16le|utf32|latin1|binary)$/;

export interface MysqlColumn extends SourceColumn {
  /** Of a text, an ENUM or a SET. */
  readonly characterSet: string | null;
}

export interface SourceSelect {
  readonly table: string;
  readonly columns: readonly MysqlColumn[];
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

/**
 * Instead of a value that the server cannot spell exactly, and would make another one of without an error: no text of UTF-8 has this byte, so the
 * record is refused as every one that is not UTF-8.
 */
const UNREADABLE = "_binary X'FF'";

/** Whether the server may have no exact text of a value, which is selected as `UNREADABLE` then. */
export function isGuarded(column: MysqlColumn | undefined): boolean {
  return column !== undefined && (isGeometry(column.dataType.toLowerCase()) || isVector(column) || !isUnicode(column));
}

function isVector({ dataType }: MysqlColumn): boolean {
  return dataType.toLowerCase() === 'vector';
}

function isUnicode({ characterSet }: MysqlColumn): boolean {
  return characterSet === null || UNICODE.test(characterSet);
}

/** The column, or what has its exact value where its own text has not. */
function expressionOf(source: MysqlColumn): string {
  const column = quoteName(source.name);
  // Of a FLOAT the server prints six digits, of a DOUBLE as many as it takes. A factor keeps the sign of a zero, which a sum would not.
  if (source.dataType.toLowerCase() === 'float') return `${column} * 1e0`;
  if (isGeometry(source.dataType.toLowerCase())) return orUnreadable(column, extendedWkb(`HEX(${column})`));
  if (isVector(source)) return orUnreadable(column, `HEX(${column})`);
  return isUnicode(source) ? column : wholeText(column);
}

/** Where an expression has more bytes than max_allowed_packet its value is NULL. */
function orUnreadable(column: string, expression: string): string {
  return `IF(${column} IS NULL, NULL, COALESCE(CAST(${expression} AS BINARY), ${UNREADABLE}))`;
}

/**
 * A text of a character set that has codes without a character of Unicode, for instance cp1251, sjis or ascii with a byte above 127. The server writes
 * a question mark for each, or U+FFFD, so there must be as many as in its own character set.
 */
function wholeText(column: string): string {
  const text = `CONVERT(${column} USING utf8mb4) COLLATE utf8mb4_bin`;
  const marksOf = (value: string) => `CHAR_LENGTH(${value}) - CHAR_LENGTH(REPLACE(${value}, '?', ''))`;
  const isWhole = `LOCATE('?', ${text}) = 0 OR ${marksOf(text)} = ${marksOf(column)}`;
  return `IF(${column} IS NULL OR LOCATE(_utf8mb4 X'EFBFBD', ${text}) = 0 AND (${isWhole}),
    CAST(${text} AS BINARY), ${UNREADABLE})`;
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
