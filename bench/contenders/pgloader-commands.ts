import { versionTableOf } from '../statements.ts';
import type { Table } from '../data.ts';

/** For a file of CSV. https://pgloader.readthedocs.io/en/latest/ref/csv.html */
export function pgloaderCommands(table: Table, databaseUri: string): string {
  const names = table.columns.map(({ name }) => name);
  return `LOAD CSV FROM stdin WITH ENCODING UTF-8 HAVING FIELDS (${names.map((name) => `${name} [null if blanks]`).join(', ')})
    INTO ${socketUri(databaseUri)} TARGET TABLE public.${versionTableOf(table)} TARGET COLUMNS (${names.join(', ')})
    WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',';\n`;
}

/** The folder of the socket in the way of pgloader. */
function socketUri(databaseUri: string): string {
  const [, user = '', database = '', folder = ''] =
    /^postgresql:\/\/(\w+)@\/(\w+)\?host=([^&]+)$/.exec(databaseUri) ?? [];
  return `postgresql://${user}@unix:${decodeURIComponent(folder)}:5432/${database}`;
}
