import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A value in the source database's spelling; null is NULL. */
export type Field = string | null;

/** A row by column name. */
export type Row = Readonly<Record<string, Field>>;

export interface ExampleColumn {
  readonly name: string;
  readonly type: string;
}

/** A table in one version of the application. A row may have more fields than that version has columns. */
export interface ExampleTable {
  readonly name: string;
  readonly columns: readonly ExampleColumn[];
  readonly rows: readonly Row[];
}

export interface ExampleDump {
  readonly file: string;
  readonly tables: readonly ExampleTable[];
}

/** Columns from lines such as `price decimal(10,2)`. */
export function columns(...lines: string[]): ExampleColumn[] {
  return lines.map((line) => ({ name: line.slice(0, line.indexOf(' ')), type: line.slice(line.indexOf(' ') + 1) }));
}

/** `count` rows of a table; row number n is the same in every version, as in a database that stays in use. */
export function rowsOf(count: number, build: (number: number) => Row): Row[] {
  return Array.from({ length: count }, (_, index) => build(index + 1));
}

/** The files in a dump: for each table its schema file and its DAT file. */
export function dumpEntries(dump: ExampleDump): { name: string; content: Buffer }[] {
  return dump.tables.flatMap((table) => [
    { name: `${table.name}.json`, content: schemaFile(table) },
    { name: `${table.name}.dat`, content: datFile(table) },
  ]);
}

/** The dump as a ZIP. The time is the same in all time zones, since ZIP keeps local time (APPNOTE 4.4.6). */
export async function zipDump(dump: ExampleDump): Promise<Buffer> {
  const zip = new ZipFile();
  const mtime = new Date(2024, 0, 15, 12, 0, 0);
  for (const { name, content } of dumpEntries(dump)) {
    zip.addBuffer(content, name, { mtime, mode: 0o100644, forceDosTimestamp: true, compressionLevel: 9 });
  }
  zip.end();
  return await buffer(zip.outputStream);
}

/** A list with a trailing comma, as real applications write it. */
function schemaFile(table: ExampleTable): Buffer {
  const lines = table.columns.map(
    ({ name, type }) => `    {"column_name": ${JSON.stringify(name)}, "column_type": ${JSON.stringify(type)}},\n`,
  );
  return Buffer.from(`[\n${lines.join('')}]\n`, 'latin1');
}

/** Records in Latin-1, with the columns in another order than the schema file's: by name. */
function datFile(table: ExampleTable): Buffer {
  const names = table.columns.map(({ name }) => name).sort();
  const records = table.rows.map((row) => names.map((name) => quoted(valueOf(table, row, name))).join('|'));
  return Buffer.from(`${[names.join('|'), ...records].join('\n')}\n`, 'latin1');
}

function valueOf(table: ExampleTable, row: Row, column: string): Field {
  const value = row[column];
  if (value === undefined) throw new Error(`no value for ${table.name}.${column}`);
  return value;
}

function quoted(value: Field): string {
  return value === null ? 'NULL' : `\`${value.replaceAll('`', '``')}\``;
}
