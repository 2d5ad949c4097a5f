import { highCharacters } from './encoded-text.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, type TableName } from './sql.ts';
import type { TablePlan } from './table-plan.ts';

/**
 * What makes `ALTER TABLE … INHERIT` possible later: NOT NULL (LIKE always copies it), CHECK constraints and generation expressions must be
 * the mother's. Identity is left out: the values come from the dump. https://www.postgresql.org/docs/18/sql-createtable.html
 */
const LIKE_OPTIONS = ['DEFAULTS', 'CONSTRAINTS', 'GENERATED', 'STORAGE', 'COMPRESSION', 'COMMENTS'].map(
  (part) => `INCLUDING ${part}`,
);

/** Creates the table that COPY loads. One that is not kept need not be logged. */
export function createStatements(
  plan: TablePlan,
  staging: TableName,
  kind: 'TABLE' | 'UNLOGGED TABLE' = 'TABLE',
): string[] {
  const own = plan.columns
    .filter((column) => column.origin !== 'Mother')
    .map((column) => `${quoteIdentifier(column.name)} ${column.type}`);
  const like = plan.mother === undefined ? [] : [`LIKE ${qualified(plan.mother)} ${LIKE_OPTIONS.join(' ')}`];
  return [
    `CREATE ${kind} ${qualified(staging)} (\n  ${[...like, ...own].join(',\n  ')}\n)`,
    ...dropUninheritedConstraints(plan, staging),
  ];
}

export type CopyStatementFormat = 'binary' | 'text';

/**
 * COPY of the DAT file's records, which have been read by then: as `binary`, or as `text`, both with PostgreSQL's own delimiter and null marker.
 * Single bytes have become UTF-8; only a text of another encoding is left to PostgreSQL.
 */
export function copyStatement(plan: TablePlan, staging: TableName, format: CopyStatementFormat): string {
  const options = format === 'binary' ? 'FORMAT binary' : `FORMAT text, ENCODING ${quoteLiteral(copyEncoding(plan))}`;
  return `COPY ${qualified(staging)} (${plan.copyColumns.map(quoteIdentifier).join(', ')}) FROM STDIN WITH (${options})`;
}

/** PostgreSQL's name of the encoding of COPY's text. */
export function copyEncoding({ format }: Pick<TablePlan, 'format'>): string {
  return highCharacters(format.encoding) === undefined ? format.encoding : 'UTF8';
}

/** Moves the loaded table to the target schema, under its final name. */
export function moveStatements({ versionTable }: Pick<TablePlan, 'versionTable'>, staging: TableName): string[] {
  const moved = { schema: versionTable.schema, name: staging.name };
  return [
    ...(staging.schema === moved.schema
      ? []
      : [`ALTER TABLE ${qualified(staging)} SET SCHEMA ${quoteIdentifier(moved.schema)}`]),
    ...(moved.name === versionTable.name
      ? []
      : [`ALTER TABLE ${qualified(moved)} RENAME TO ${quoteIdentifier(versionTable.name)}`]),
  ];
}

export function inheritStatement(table: TableName, mother: TableName): string {
  return `ALTER TABLE ${qualified(table)} INHERIT ${qualified(mother)}`;
}

/** Without CASCADE, which would drop objects that are not Motherload's. One statement for all: they may depend on each other. */
export function dropStatement(tables: readonly TableName[]): string {
  return `DROP TABLE ${tables.map(qualified).join(',\n  ')}`;
}

export function dropIfExistsStatement(table: TableName): string {
  return `DROP TABLE IF EXISTS ${qualified(table)}`;
}

/** Without ONLY the tables that inherit from it would be locked as well. */
export function lockStatement(table: TableName, mode: 'ACCESS EXCLUSIVE' | 'ROW EXCLUSIVE'): string {
  return `LOCK TABLE ONLY ${qualified(table)} IN ${mode} MODE`;
}

export function analyzeStatement(table: TableName): string {
  return `ANALYZE ${qualified(table)}`;
}

export function commentStatement(table: TableName, comment: string): string {
  return `COMMENT ON TABLE ${qualified(table)} IS ${quoteLiteral(comment)}`;
}

function qualified({ schema, name }: TableName): string {
  return quoteQualified(schema, name);
}

/** LIKE copies what INHERITS would not: the mother's NO INHERIT constraints, for instance the CHECK (false) that keeps it empty. */
function dropUninheritedConstraints({ mother }: TablePlan, table: TableName): string[] {
  const { checks = [], notNull = [] } = mother?.uninherited ?? {};
  const changes = [
    ...checks.map((name) => `DROP CONSTRAINT ${quoteIdentifier(name)}`),
    ...notNull.map((column) => `ALTER COLUMN ${quoteIdentifier(column)} DROP NOT NULL`),
  ];
  return changes.length === 0 ? [] : [`ALTER TABLE ${qualified(table)} ${changes.join(', ')}`];
}
