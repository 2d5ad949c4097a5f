import { createHash } from 'node:crypto';
import { highCharacters } from './encoded-text.ts';
import { shortenIdentifier } from './identifier.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, type TableName } from './sql.ts';
import type { PlannedColumn, TablePlan } from './table-plan.ts';

/**
 * What makes `ALTER TABLE … INHERIT` possible later: NOT NULL (LIKE always copies it), CHECK constraints and generation expressions must be
 * the mother's. Identity is left out: the values come from the dump. https://www.postgresql.org/docs/18/sql-createtable.html
 */
const LIKE_OPTIONS = ['DEFAULTS', 'CONSTRAINTS', 'GENERATED', 'STORAGE', 'COMPRESSION', 'COMMENTS'].map(
  (part) => `INCLUDING ${part}`,
);

/** Creates the table that COPY loads. */
export function createStatements(plan: TablePlan, staging: TableName): string[] {
  if (!convertsMotherColumn(plan))
    return createTable(plan, staging, (column) => column.conversion?.stagedType ?? column.type);
  // LIKE cannot leave a column out, and a column that a default, CHECK or generated column refers to cannot change its type later. So the text
  // is copied into a table that has the dump's columns alone, and `convertStatements` fills the real one from it.
  const notNull = new Set(plan.mother?.columns.filter((column) => column.notNull).map((column) => column.name));
  const definitions = loadedColumns(plan).map((column) => {
    const type = column.conversion?.stagedType ?? column.type;
    return `  ${quoteIdentifier(column.name)} ${type}${column.origin === 'Mother' && notNull.has(column.name) ? ' NOT NULL' : ''}`;
  });
  return [`CREATE TABLE ${qualified(staging)} (\n${definitions.join(',\n')}\n)`];
}

export type CopyStatementFormat = 'binary' | 'text';

/**
 * COPY of the DAT file's records, which have been read by then: as `binary`, or as `text`, both with PostgreSQL's own delimiter and null marker.
 * Single bytes have become UTF-8; only a text of another encoding is left to PostgreSQL.
 */
export function copyStatement(plan: TablePlan, staging: TableName, format: CopyStatementFormat): string {
  const encoding = highCharacters(plan.format.encoding) === undefined ? plan.format.encoding : 'UTF8';
  const options = format === 'binary' ? 'FORMAT binary' : `FORMAT text, ENCODING ${quoteLiteral(encoding)}`;
  return `COPY ${qualified(staging)} (${plan.copyColumns.map(quoteIdentifier).join(', ')}) FROM STDIN WITH (${options})`;
}

/** Makes the final values of columns that were loaded as text; empty where there are none. To be run in one transaction. */
export function convertStatements(plan: TablePlan, staging: TableName): string[] {
  if (convertsMotherColumn(plan)) return convertIntoNewTable(plan, staging);
  const changes = plan.columns.flatMap(({ name, type, conversion }) =>
    conversion === undefined ? [] : [`ALTER COLUMN ${quoteIdentifier(name)} TYPE ${type} USING ${conversion.using}`],
  );
  return changes.length === 0 ? [] : [`ALTER TABLE ${qualified(staging)}\n  ${changes.join(',\n  ')}`];
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

function createTable(plan: TablePlan, table: TableName, typeOf: (column: PlannedColumn) => string): string[] {
  const own = plan.columns
    .filter((column) => column.origin !== 'Mother')
    .map((column) => `${quoteIdentifier(column.name)} ${typeOf(column)}`);
  const like = plan.mother === undefined ? [] : [`LIKE ${qualified(plan.mother)} ${LIKE_OPTIONS.join(' ')}`];
  return [
    `CREATE TABLE ${qualified(table)} (\n  ${[...like, ...own].join(',\n  ')}\n)`,
    ...dropUninheritedConstraints(plan, table),
  ];
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

function convertsMotherColumn(plan: TablePlan): boolean {
  return plan.columns.some((column) => column.origin === 'Mother' && column.conversion !== undefined);
}

function loadedColumns(plan: TablePlan): PlannedColumn[] {
  const loaded = new Set(plan.copyColumns);
  return plan.columns.filter((column) => loaded.has(column.name));
}

function convertIntoNewTable(plan: TablePlan, staging: TableName): string[] {
  const digest = createHash('sha256').update(staging.name).digest('hex').slice(0, 8);
  const loaded = { schema: staging.schema, name: shortenIdentifier(`text_${digest}_${staging.name}`) };
  const columns = loadedColumns(plan);
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const values = columns.map(({ name, conversion }) => conversion?.using ?? quoteIdentifier(name)).join(', ');
  return [
    `ALTER TABLE ${qualified(staging)} RENAME TO ${quoteIdentifier(loaded.name)}`,
    ...createTable(plan, staging, (column) => column.type),
    `INSERT INTO ${qualified(staging)} (${names}) SELECT ${values} FROM ${qualified(loaded)}`,
    dropStatement([loaded]),
  ];
}
