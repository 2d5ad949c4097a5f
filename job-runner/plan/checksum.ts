import { parsePostgresqlType } from './postgresql-type.ts';
import { quoteIdentifier, quoteQualified, type TableName } from './sql.ts';
import type { TablePlan } from './table-plan.ts';

/** Of what is hashed, and how. Sums of different versions are not compared. */
export const CHECKSUM_VERSION = 1;

/**
 * What is hashed of a column's values. Integers count by their value, and numbers of a fixed scale without the zeros at their end, so that a column
 * that becomes wider keeps its checksum. Anything that is not named here is hashed as PostgreSQL prints it.
 */
export type ChecksumMethod = keyof typeof METHODS;

/** A column that the checksum covers. */
export interface ChecksumColumn {
  readonly name: string;
  readonly method: ChecksumMethod;
}

/** The checksum of a table's rows, whatever their order. */
export interface Checksum {
  readonly rows: number;
  /** The sum of a hash of 64 bits for each row. */
  readonly sum: bigint;
}

/** As the ledger keeps it, with what it was computed of. */
export interface KeptChecksum {
  readonly version: number;
  /** In decimal digits: no number of JavaScript has so many. */
  readonly sum: string;
  readonly columns: readonly ChecksumColumn[];
}

/** Whether a checksum in the ledger is one of the same bytes. */
export function isComparable(kept: KeptChecksum | null, columns: readonly ChecksumColumn[]): kept is KeptChecksum {
  const isSame = ({ name, method }: ChecksumColumn, index: number) =>
    kept?.columns[index]?.name === name && kept.columns[index].method === method;
  return kept?.version === CHECKSUM_VERSION && kept.columns.length === columns.length && columns.every(isSame);
}

/**
 * The bytes that are hashed, as an expression of PostgreSQL over a column. Its own hash functions for these types make equal what is not the same:
 * 1.5 and 1.50, 0 and -0, a bigint and another one of which the halves are exchanged, texts of a collation that does not distinguish a from A.
 */
const METHODS = {
  integer: (column) => `int8send(${column})`,
  number: (column) => `numeric_send(trim_scale(${column}))`,
  'number with its scale': (column) => `numeric_send(${column})`,
  boolean: (column) => `boolsend(${column})`,
  real: (column) => `float4send(${column})`,
  'double precision': (column) => `float8send(${column})`,
  date: (column) => `date_send(${column})`,
  'timestamp without time zone': (column) => `timestamp_send(${column})`,
  'timestamp with time zone': (column) => `timestamptz_send(${column})`,
  uuid: (column) => `uuid_send(${column})`,
  bytea: (column) => `${column}::bytea`,
  bit: (column) => `bit_send(${column})`,
  'bit varying': (column) => `varbit_send(${column})`,
  money: (column) => `cash_send(${column})`,
  character: (column) => `bpcharsend(${column})`,
  text: (column) => `textsend(${column})`,
  'printed text': (column) => `textsend(${column}::text)`,
} as const satisfies Record<string, (column: string) => string>;

const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];
const TEXTS: readonly string[] = ['text', 'character varying'];

/** The columns of the dump, in its order. What the mother has beside them, such as a default, does not come from the dump. */
export function checksumColumns({
  columns,
  copyColumns,
}: Pick<TablePlan, 'columns' | 'copyColumns'>): ChecksumColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return copyColumns.map((name) => {
    const { valueType, type = '' } = byName.get(name) ?? {};
    return { name, method: methodOf(valueType ?? type) };
  });
}

export function methodOf(type: string): ChecksumMethod {
  const { name, parameters, array } = parsePostgresqlType(type) ?? { name: '', parameters: [], array: true };
  if (array) return 'printed text';
  if (INTEGERS.includes(name)) return 'integer';
  if (TEXTS.includes(name)) return 'text';
  if (name === 'numeric') return parameters.length === 0 ? 'number with its scale' : 'number';
  return Object.hasOwn(METHODS, name) ? (name as ChecksumMethod) : 'printed text';
}

/**
 * The hash of a row. PostgreSQL adds up the hashes of a row's values, each times a power of 31, so that a sum of these would be the same where two rows
 * exchange a value: that is why the whole is hashed again.
 */
export function rowHash(columns: readonly ChecksumColumn[]): string {
  const values = columns.map(({ name, method }) => METHODS[method](quoteIdentifier(name)));
  return `hash_record_extended(ROW(int8send(hash_record_extended(ROW(${values.join(', ')}), 0))), 0)`;
}

/**
 * The rows that only one of two tables has, by their hashes: how many of each, and the hashes of the first ones. A row that is there twice is another
 * one than that row once.
 */
export function differencesQuery(one: TableName, other: TableName, columns: readonly ChecksumColumn[]): string {
  const rowsOf = (table: TableName, count: number) =>
    `SELECT ${rowHash(columns)} AS hash, ${count} AS count FROM ONLY ${quoteQualified(table.schema, table.name)}`;
  const first = (kind: string) => `ARRAY(SELECT hash::text FROM differing WHERE ${kind} LIMIT ${SHOWN_ROWS})`;
  return `WITH differing AS MATERIALIZED (
  SELECT hash, sum(count) AS count FROM (${rowsOf(one, 1)} UNION ALL ${rowsOf(other, -1)}) AS rows GROUP BY hash HAVING sum(count) <> 0)
SELECT coalesce(sum(count) FILTER (WHERE count > 0), 0)::float8 AS "onlyInOne", ${first('count > 0')} AS "firstOfOne",
       coalesce(-sum(count) FILTER (WHERE count < 0), 0)::float8 AS "onlyInOther", ${first('count < 0')} AS "firstOfOther" FROM differing`;
}

/** The rows with these hashes (`$1`), each as a JSON object. */
export function rowsQuery({ schema, name }: TableName, columns: readonly ChecksumColumn[]): string {
  const names = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return `SELECT row_to_json(found)::text AS row FROM (
  SELECT ${names} FROM ONLY ${quoteQualified(schema, name)} WHERE ${rowHash(columns)} = ANY ($1::bigint[]) LIMIT ${SHOWN_ROWS}) AS found`;
}

const SHOWN_ROWS = 3;

/** The query of a table's checksum, which PostgreSQL may run in parallel. */
export function checksumQuery(table: TableName, columns: readonly ChecksumColumn[]): string {
  return `SELECT count(*)::float8 AS rows, coalesce(sum(${rowHash(columns)}), 0)::text AS sum FROM ONLY ${quoteQualified(table.schema, table.name)}`;
}
