import type { JudgedBatch } from './judge-batch.ts';
import { quoteQualified, type TableName } from './sql.ts';

/** A unique index that refuses a row as soon as it comes. */
export interface TableKey {
  /** Of the index, and of its constraint, if it belongs to one. */
  readonly name: string;
  readonly parts: readonly KeyPart[];
  /** Which rows it is about, where it is not about all of them. */
  readonly predicate: string | null;
  /** NULLS NOT DISTINCT. */
  readonly nullsAreEqual: boolean;
}

/** A column or an expression of a key. */
export interface KeyPart {
  readonly definition: string;
  /** Quoted; null for a type that has none. */
  readonly collation: string | null;
  /** By which the index takes two values for equal. */
  readonly operator: string;
  /** By which it takes one for the larger one. */
  readonly above: string;
  /** Where NULLs are if the largest one is first: no other order is the index's. */
  readonly nulls: 'NULLS FIRST' | 'NULLS LAST';
}

/** What there is to know of a row of a batch and one of the keys, where another row may have the same key. */
export interface KeyMatch {
  readonly row: number;
  /** The number of the key. */
  readonly key: number;
  /** The same for all rows of the batch that have the same key: the first of them. */
  readonly group: number;
  /** Whether a row of the table has it. */
  readonly isTaken: boolean;
  /** The key, as PostgreSQL shows it. */
  readonly text: string;
}

/** A row that violates a rule, or one of the matches of a key. */
export type AskedRow =
  { readonly row: number; readonly rule: number; readonly key: null } | (KeyMatch & { readonly rule: null });

/** Of the table that the rows are for. Rows that violate a rule are asked for no key, as PostgreSQL does. */
export function askedRows(judged: JudgedBatch, keys: readonly TableKey[], table: TableName): string {
  const { query, row, rule, isRuled } = judged;
  const asked = [
    `${row} AS "row"`,
    `${rule} AS rule`,
    ...keys.flatMap((key, number) => keyValues(key, number, judged)),
  ];
  const violated = `SELECT "row", rule, NULL::int AS key, NULL::int AS "group", NULL::boolean AS "isTaken", NULL::text AS text FROM asked WHERE rule IS NOT NULL`;
  const questions = keys.map((key, number) => matchesOf(key, number, table));
  // OFFSET 0 keeps a rule from being asked again for each key.
  return `WITH asked AS (SELECT ${asked.join(', ')} FROM (${query}${isRuled ? ' OFFSET 0' : ''}) AS judged)
    ${(isRuled || keys.length === 0 ? [violated, ...questions] : questions).join('\n    UNION ALL ')}`;
}

/** The columns of a key, as PostgreSQL shows them. */
export function keyColumns({ parts }: TableKey): string {
  return parts.map(({ definition }) => definition).join(', ');
}

/** An index on part of the table asks a row of the other part for no value. */
function keyValues({ parts, predicate }: TableKey, number: number, { rule, isRuled }: JudgedBatch): string[] {
  const conditions = [...(isRuled ? [`${rule} IS NULL`] : []), ...(predicate === null ? [] : [predicate])];
  // AND asks in any order.
  const isAsked = conditions.reduceRight((then, first) => `CASE WHEN ${first} THEN ${then} END`, 'true');
  const valueOf = (part: KeyPart) =>
    conditions.length === 0 ? collated(part) : `CASE WHEN ${isAsked} THEN ${collated(part)} END`;
  return [
    `${isAsked} AS ${askedName(number)}`,
    ...parts.map((part, index) => `${valueOf(part)} AS ${partName(number, index)}`),
  ];
}

function matchesOf(key: TableKey, number: number, table: TableName): string {
  const names = key.parts.map((_, index) => partName(number, index));
  const among = `PARTITION BY ${names.join(', ')}`;
  const conditions = [askedName(number), ...(key.nullsAreEqual ? [] : [`num_nulls(${names.join(', ')}) = 0`])];
  return `SELECT "row", NULL::int AS rule, ${number} AS key, "group", "isTaken", ${shownKey(names)} AS text FROM (
      SELECT "row", min("row") OVER (${among}) AS "group", count(*) OVER (${among}) AS size, ${isTaken(key, number, table)} AS "isTaken", ${names.join(', ')}
        FROM asked WHERE ${conditions.join(' AND ')}) AS of_key WHERE "isTaken" OR size > 1`;
}

/** In PostgreSQL's own way: concat() writes a value as its type does, which a cast to text does not for each type. https://www.postgresql.org/docs/18/functions-string.html#FUNCTIONS-STRING-FORMAT */
function shownKey(values: readonly string[]): string {
  return `concat_ws(', ', ${values.map((value) => `CASE num_nulls(${value}) WHEN 0 THEN concat(${value}) ELSE 'null' END`).join(', ')})`;
}

/**
 * A query for one row each, which finds it by the index: what asks for all rows at once, such as EXISTS, may read the whole table for each batch. With NULLs
 * that are equal there is one for each combination of them, since no index knows IS NOT DISTINCT FROM. What is above all that the table has need not be looked up: most files have their records in the order of a key.
 */
function isTaken(key: TableKey, number: number, { schema, name }: TableName): string {
  const loaded = `${quoteQualified(schema, name)} AS loaded`;
  const predicate = key.predicate === null ? [] : [`(${key.predicate})`];
  const combinations = key.nullsAreEqual ? 2 ** key.parts.length : 1;
  const queries = Array.from({ length: combinations }, (_, nulls) => {
    const equal = key.parts.map((part, index) => {
      const value = `asked.${partName(number, index)}`;
      return (nulls & (2 ** index)) === 0
        ? `${collated(part)} ${part.operator} ${value}`
        : `${part.definition} IS NULL AND ${value} IS NULL`;
    });
    return `(SELECT true FROM ${loaded} WHERE ${[...predicate, ...equal].join(' AND ')} LIMIT 1)`;
  });
  const [first] = key.parts;
  if (first === undefined) throw new Error(`the index ${key.name} has no columns`);
  const notNull = [...predicate, `${first.definition} IS NOT NULL`].join(' AND ');
  const largest = `(SELECT ${collated(first)} FROM ${loaded} WHERE ${notNull} ORDER BY ${collated(first)} USING ${first.above} ${first.nulls} LIMIT 1)`;
  const isAbove = `asked.${partName(number, 0)} ${first.above} ${largest}`;
  return `CASE WHEN ${isAbove} THEN false ELSE coalesce(${[...queries, 'false'].join(', ')}) END`;
}

function collated({ definition, collation }: KeyPart): string {
  return collation === null ? definition : `${definition} COLLATE ${collation}`;
}

function askedName(key: number): string {
  return `asked_${key}`;
}

function partName(key: number, part: number): string {
  return `key_${key}_${part}`;
}
