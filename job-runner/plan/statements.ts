import { createHash } from 'node:crypto';
import { shortenIdentifier } from './identifier.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './sql.ts';
import type { PlannedColumn, TablePlan } from './table-plan.ts';

/** The table that is loaded while it stands alone. */
export interface StagingTable {
  readonly schema: string;
  readonly name: string;
}

/**
 * What makes `ALTER TABLE … INHERIT` possible later: NOT NULL (LIKE copies it always), CHECK constraints and generation expressions must be
 * the mother's. Identity is left out: the values come from the dump. https://www.postgresql.org/docs/18/sql-createtable.html
 */
const LIKE_OPTIONS = ['DEFAULTS', 'CONSTRAINTS', 'GENERATED', 'STORAGE', 'COMPRESSION', 'COMMENTS'].map(
  (part) => `INCLUDING ${part}`,
);

/** COPY's csv format always has a quote. Where nothing is quoted it is U+0001, a control character that has no place in a text. */
const NO_QUOTE = '\u0001';

/** Creates the table that COPY loads. */
export function createStatement(plan: TablePlan, staging: StagingTable): string {
  if (!convertsMotherColumn(plan))
    return createTable(plan, staging, (column) => column.conversion?.stagedType ?? column.type);
  // LIKE cannot leave a column out, and one that a default, CHECK or generated column refers to cannot change its type later. So the text
  // goes into a table of just the dump's columns, and `convertStatement` fills the real one from it.
  const notNull = new Set(plan.mother?.columns.filter((column) => column.notNull).map((column) => column.name));
  const definitions = loadedColumns(plan).map((column) => {
    const type = column.conversion?.stagedType ?? column.type;
    return `  ${quoteIdentifier(column.name)} ${type}${column.origin === 'Mother' && notNull.has(column.name) ? ' NOT NULL' : ''}`;
  });
  return `CREATE TABLE ${qualified(staging)} (\n${definitions.join(',\n')}\n)`;
}

export type CopyStatementFormat = 'binary' | 'text' | 'csv';

/**
 * COPY of the DAT file's records, the header excluded: as `csv` of the file's own bytes, as `text` of bytes in which quotes were taken off and
 * escaped what text would misread (delimiter and null marker are the file's in both), or as `binary` of values that have been read already.
 */
export function copyStatement(
  plan: TablePlan,
  staging: StagingTable,
  format: CopyStatementFormat = 'csv',
  encoding?: string,
): string {
  const { delimiter, quote, escape, nullMarker, encoding: ownEncoding } = plan.format;
  const quoting = [
    `QUOTE ${quoteLiteral(quote === '' ? NO_QUOTE : quote)}`,
    `ESCAPE ${quoteLiteral(quote === '' ? NO_QUOTE : escape)}`,
  ];
  const options = [
    `FORMAT ${format}`,
    `DELIMITER ${quoteLiteral(delimiter)}`,
    `NULL ${quoteLiteral(nullMarker)}`,
    ...(format === 'csv' ? quoting : []),
    `ENCODING ${quoteLiteral(encoding ?? ownEncoding)}`,
  ];
  const columns = plan.copyColumns.map(quoteIdentifier).join(', ');
  return `COPY ${qualified(staging)} (${columns}) FROM STDIN WITH (${format === 'binary' ? 'FORMAT binary' : options.join(', ')})`;
}

/** Makes the final values of columns that were loaded as text; undefined where there are none. To be run in one transaction. */
export function convertStatement(plan: TablePlan, staging: StagingTable): string | undefined {
  if (convertsMotherColumn(plan)) return convertIntoNewTable(plan, staging);
  const changes = plan.columns.flatMap(({ name, type, conversion }) =>
    conversion === undefined ? [] : [`ALTER COLUMN ${quoteIdentifier(name)} TYPE ${type} USING ${conversion.using}`],
  );
  return changes.length === 0 ? undefined : `ALTER TABLE ${qualified(staging)}\n  ${changes.join(',\n  ')}`;
}

/** The loaded table takes its place: into the target schema, to its name, below its mother. One statement each, for one transaction. */
export function attachStatements(plan: TablePlan, staging: StagingTable): string[] {
  const { versionTable, mother } = plan;
  const moved = { schema: versionTable.schema, name: staging.name };
  return [
    ...(staging.schema === moved.schema
      ? []
      : [`ALTER TABLE ${qualified(staging)} SET SCHEMA ${quoteIdentifier(moved.schema)}`]),
    ...(moved.name === versionTable.name
      ? []
      : [`ALTER TABLE ${qualified(moved)} RENAME TO ${quoteIdentifier(versionTable.name)}`]),
    ...(mother === undefined ? [] : [`ALTER TABLE ${qualified(versionTable)} INHERIT ${qualified(mother)}`]),
  ];
}

/** Without CASCADE, which would take objects that are not Motherload's. One statement for all: they may depend on each other. */
export function dropStatement(tables: readonly StagingTable[]): string {
  return `DROP TABLE ${tables.map(qualified).join(',\n  ')}`;
}

export function analyzeStatement(table: StagingTable): string {
  return `ANALYZE ${qualified(table)}`;
}

export function commentStatement(table: StagingTable, comment: string): string {
  return `COMMENT ON TABLE ${qualified(table)} IS ${quoteLiteral(comment)}`;
}

function qualified({ schema, name }: StagingTable): string {
  return quoteQualified(schema, name);
}

function createTable(plan: TablePlan, table: StagingTable, typeOf: (column: PlannedColumn) => string): string {
  const own = plan.columns
    .filter((column) => column.origin !== 'Mother')
    .map((column) => `${quoteIdentifier(column.name)} ${typeOf(column)}`);
  const like = plan.mother === undefined ? [] : [`LIKE ${qualified(plan.mother)} ${LIKE_OPTIONS.join(' ')}`];
  return [
    `CREATE TABLE ${qualified(table)} (\n  ${[...like, ...own].join(',\n  ')}\n)`,
    ...freeOfUninherited(plan, table),
  ].join(';\n');
}

/** LIKE copies what INHERITS would not: constraints of the mother with NO INHERIT, for instance the CHECK (false) that keeps it empty. */
function freeOfUninherited({ mother }: TablePlan, table: StagingTable): string[] {
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

function convertIntoNewTable(plan: TablePlan, staging: StagingTable): string {
  const digest = createHash('sha256').update(staging.name).digest('hex').slice(0, 8);
  const loaded = { schema: staging.schema, name: shortenIdentifier(`text_${digest}_${staging.name}`) };
  const columns = loadedColumns(plan);
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const values = columns.map(({ name, conversion }) => conversion?.using ?? quoteIdentifier(name)).join(', ');
  return [
    `ALTER TABLE ${qualified(staging)} RENAME TO ${quoteIdentifier(loaded.name)}`,
    createTable(plan, staging, (column) => column.type),
    `INSERT INTO ${qualified(staging)} (${names}) SELECT ${values} FROM ${qualified(loaded)}`,
    `DROP TABLE ${qualified(loaded)}`,
  ].join(';\n');
}
