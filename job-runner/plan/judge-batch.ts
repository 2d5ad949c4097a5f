import type { RuledColumn } from './ruled-column.ts';
import { quoteIdentifier } from './sql.ts';

/** A CHECK of the table. */
export interface TableCheck {
  readonly name: string;
  readonly expression: string;
}

/** A query for the rows of a batch, and how it calls two columns of its own. */
export interface JudgedBatch {
  /** All columns, as the types that the loaded table has, and those two. */
  readonly query: string;
  /** The number of the row in the batch, from 0, which is copied with it. */
  readonly row: string;
  /** The number of the rule that the row violates, those of the columns before the CHECKs, or NULL. */
  readonly rule: string;
  /** Whether there are rules at all. */
  readonly isRuled: boolean;
}

export interface BatchColumns {
  readonly columns: readonly string[];
  /** One more, with the number of the row. */
  readonly row: string;
  readonly ruled: readonly RuledColumn[];
  readonly checks: readonly TableCheck[];
}

/** Asks of each row what its columns' types and the table's CHECKs ask, in PostgreSQL's own order: a CHECK sees no value that its column's type refuses. */
export function judgeBatch(table: string, { columns, row, ruled, checks }: BatchColumns): JudgedBatch {
  const [ofColumn, rule] = [freeName('violated_by_column', columns), freeName('violated', columns)];
  const rules = ruled.flatMap(({ rules }) => rules);
  const asked = rules.map(({ violated }, index) => `LATERAL (${violated}) AS ${ruleName(index)} (violated)`);
  const byColumn = firstOf(
    rules.map((_, index) => `${ruleName(index)}.violated`),
    0,
  );
  // OFFSET 0 keeps what is inside from being computed again wherever it is used outside.
  const first = `SELECT batch.*, ${byColumn} AS ${ofColumn} FROM ${[`${table} AS batch`, ...asked].join(', ')} OFFSET 0`;
  const casts = new Map(ruled.map(({ name, cast }) => [name, `CASE WHEN ${ofColumn} IS NULL THEN ${cast} END`]));
  const values = columns.map((name) => `${casts.get(name) ?? quoteIdentifier(name)} AS ${quoteIdentifier(name)}`);
  const typed = `SELECT ${[...values, quoteIdentifier(row), ofColumn].join(', ')} FROM (${first}) AS judged_by_column OFFSET 0`;
  const violatedChecks = checks.map(({ expression }) => `NOT (${expression})`);
  const judged = `CASE WHEN ${ofColumn} IS NOT NULL THEN ${ofColumn} ELSE ${firstOf(violatedChecks, rules.length)} END`;
  const query = `SELECT *, ${judged} AS ${rule} FROM (${typed}) AS typed`;
  return { query, row: quoteIdentifier(row), rule, isRuled: rules.length + checks.length > 0 };
}

function ruleName(index: number): string {
  return `rule_${index}`;
}

/** A name that no column has. */
export function freeName(wanted: string, columns: readonly string[]): string {
  let name = wanted;
  while (columns.includes(name)) name += '_';
  return name;
}

/** The number of the first expression that is true, counted from `from`. */
function firstOf(expressions: readonly string[], from: number): string {
  if (expressions.length === 0) return 'NULL::int';
  return `CASE ${expressions.map((expression, index) => `WHEN ${expression} THEN ${from + index}`).join(' ')} END`;
}
