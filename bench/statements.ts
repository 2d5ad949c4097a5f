import { quoteIdentifier, quoteLiteral } from '../job-runner/plan/sql.ts';
import type { Column } from './columns.ts';
import { MOTHER_COLUMNS, type Table } from './data.ts';

const listOf = (columns: readonly Column[]) =>
  columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');

/** The mother tables, created before any contender starts. */
export function createMothers(): string {
  return Object.entries(MOTHER_COLUMNS)
    .map(([name, columns]) => `CREATE TABLE ${quoteIdentifier(name)} (${listOf(columns)});`)
    .join('\n');
}

export function versionTableOf({ version, name }: Table): string {
  return `${version}_${name}`;
}

/** The version table as all contenders create it: it inherits the mother table's columns, followed by its own. */
export function createVersionTable(table: Table): string {
  const inherited = new Set(MOTHER_COLUMNS[table.name]?.map(({ name }) => name));
  const own = table.columns.filter(({ name }) => !inherited.has(name));
  return `CREATE TABLE ${quoteIdentifier(versionTableOf(table))} (${listOf(own)}) INHERITS (${quoteIdentifier(table.name)})`;
}

/** COPY as the other contenders use it; `from` is STDIN or a quoted path. */
export function copyInto(table: Table, from: string): string {
  const columns = table.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  return `COPY ${quoteIdentifier(versionTableOf(table))} (${columns}) FROM ${from} WITH (${table.format.copyOptions})`;
}

export const quotePath = quoteLiteral;
