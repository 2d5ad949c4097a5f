import type { SourceColumn } from '../source-table.ts';

/** A column as the sys views have it, and what its values have to be asked for as. */
export interface MssqlColumn extends SourceColumn {
  /** Of a type in .NET: the server's own three, and those that somebody wrote. */
  readonly isAssembly: boolean;
  /** In bytes; -1 for (max). */
  readonly length: number;
}

/** A column as the sys views describe it, with numbers as texts. */
export interface ColumnRow {
  readonly name: string;
  /** The base type of an alias type; of a type that somebody wrote in .NET with its schema, `dbo.money`. */
  readonly dataType: string;
  readonly isAssembly: boolean;
  readonly length: number;
  readonly precision: string;
  readonly scale: string;
}

/** The type with its parameters, as CREATE TABLE has it. https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql */
export function toColumn({ name, dataType, isAssembly, length, precision, scale }: ColumnRow): MssqlColumn {
  const column = { name, dataType, isAssembly, length };
  if (isAssembly) return { ...column, type: dataType };
  switch (dataType) {
    case 'decimal':
    case 'numeric':
      return { ...column, type: `${dataType}(${precision},${scale})` };
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return { ...column, type: `${dataType}(${scale})` };
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return { ...column, type: `${dataType}(${length === MAX ? 'max' : length})` };
    case 'nchar':
    case 'nvarchar':
      return { ...column, type: `${dataType}(${length === MAX ? 'max' : length / 2})` };
    default:
      return { ...column, type: dataType };
  }
}

export interface SourceSelect {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly MssqlColumn[];
  /** The columns of the unique clustered index, in whose order reading costs nothing; empty where there is none. */
  readonly order: readonly OrderColumn[];
  /** A table in memory has its own snapshots, which no isolation level of the session may change. */
  readonly isInMemory: boolean;
}

export interface OrderColumn {
  readonly name: string;
  readonly isDescending: boolean;
}

/**
 * The SELECT of all rows. Its columns are named, since * leaves out hidden ones. In the order of the clustered index the same rows have the same
 * digest. One thread reads, so that the load on the source is as many processors as `maxParallelReads` says.
 */
export function selectStatement({ schema, table, columns, order, isInMemory }: SourceSelect): string {
  const hint = isInMemory ? ' WITH (SNAPSHOT)' : '';
  const from = `SELECT ${columns.map(expressionOf).join(', ')} FROM ${quoteTable(schema, table)} AS t${hint}`;
  const by = order.map(({ name, isDescending }) => `t.${quoteName(name)}${isDescending ? ' DESC' : ''}`).join(', ');
  return `${from}${by === '' ? '' : ` ORDER BY ${by}`} OPTION (MAXDOP 1)`;
}

const MAX = -1;
/** What fits into nvarchar without (max), in characters. */
const MAX_LENGTH = 4000;
const TEXT = 'nvarchar(max)';

/**
 * How a value is asked for, so that it arrives exactly. Numbers with a point, money and moments would be rounded by the driver, which has but
 * JavaScript's types for them, so the server spells them, in styles that neither the language nor DATEFORMAT changes. Text leaves the server as
 * UTF-16, so that its own tables of code pages count and not a library's. What the driver hands on exactly it hands on: whole numbers, bits, floating
 * point (the very bits), uniqueidentifier, UTF-16 and bytes.
 * https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
 */
export function expressionOf({ name, dataType, isAssembly, length }: MssqlColumn): string {
  const column = `t.${quoteName(name)}`;
  if (isAssembly) return isGeometry({ dataType }) ? sridAndWkb(column) : assemblyValue(column, dataType);
  const spelling = SPELLINGS[dataType];
  if (spelling !== undefined) return convert(column, ...spelling);
  switch (dataType) {
    case 'char':
    case 'varchar':
      return convert(column, length === MAX || length > MAX_LENGTH ? TEXT : `nvarchar(${length})`);
    case 'image':
      return convert(column, 'varbinary(max)');
    case 'sql_variant':
      return variantText(column);
    default:
      return EXACT.has(dataType) ? column : convert(column, TEXT);
  }
}

/** Its own types in .NET, which the server always has. */
export function isGeometry({ dataType }: Pick<MssqlColumn, 'dataType'>): boolean {
  return dataType === 'geometry' || dataType === 'geography';
}

/** https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers: QUOTENAME does the same */
export function quoteName(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`;
}

export function quoteTable(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** In a literal nothing but its quote has a meaning. */
export function quoteText(text: string): string {
  return `N'${text.replaceAll("'", "''")}'`;
}

/** What the driver hands on as it is. */
const EXACT = new Set([
  ...['tinyint', 'smallint', 'int', 'bigint', 'bit', 'real', 'float', 'uniqueidentifier'],
  ...['nchar', 'nvarchar', 'sysname', 'binary', 'varbinary', 'timestamp', 'rowversion'],
]);

type Spelling = readonly [type: string, style?: number];

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  decimal: ['nvarchar(41)'],
  numeric: ['nvarchar(41)'],
  // All four digits; without a style there are two.
  money: ['nvarchar(24)', 2],
  smallmoney: ['nvarchar(24)', 2],
  date: ['nvarchar(10)', 23],
  time: ['nvarchar(16)', 121],
  smalldatetime: ['nvarchar(19)', 120],
  datetime: ['nvarchar(23)', 121],
  datetime2: ['nvarchar(27)', 121],
  datetimeoffset: ['nvarchar(34)', 121],
};

/** What a sql_variant may have in it whose own spelling would be rounded or depend on the session. */
const VARIANTS: Readonly<Record<string, readonly [type: string, style: number]>> = {
  // 17 digits, by which any two differ, since SQL Server 2016.
  float: ['float(53)', 3],
  real: ['real', 3],
  money: ['money', 2],
  smallmoney: ['smallmoney', 2],
  date: ['date', 23],
  time: ['time(7)', 121],
  smalldatetime: ['smalldatetime', 120],
  datetime: ['datetime', 121],
  datetime2: ['datetime2(7)', 121],
  datetimeoffset: ['datetimeoffset(7)', 121],
  // Digits behind 0x.
  binary: ['varbinary(8000)', 1],
  varbinary: ['varbinary(8000)', 1],
};

function convert(value: string, type: string, style?: number): string {
  return `CONVERT(${type}, ${value}${style === undefined ? '' : `, ${style}`})`;
}

/** Each value by its own type. */
function variantText(column: string): string {
  const cases = Object.entries(VARIANTS).map(
    ([base, [type, style]]) => `WHEN '${base}' THEN ${convert(convert(column, type), TEXT, style)}`,
  );
  const base = `CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(${column}, 'BaseType'))`;
  return `CASE ${base} ${cases.join(' ')} ELSE ${convert(column, TEXT)} END`;
}

/** Four bytes of SRID, and the well-known binary with Z and M, of which `RowText` makes PostGIS's text. */
function sridAndWkb(column: string): string {
  return `${convert(`${column}.STSrid`, 'binary(4)')} + ${column}.AsBinaryZM()`;
}

/** A path for hierarchyid; the bytes of a type that only its assembly can read. */
function assemblyValue(column: string, dataType: string): string {
  return dataType === 'hierarchyid' ? `${column}.ToString()` : convert(column, 'varbinary(max)');
}
