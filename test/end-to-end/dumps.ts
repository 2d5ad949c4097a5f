import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';

/** A table of a dump. NULL is null; strings are quoted, other values are not. */
export interface DumpedTable {
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** The text of the DAT file, instead of the rows. */
  readonly text?: string;
}

/** Writes a dump in the reference format: `|`, back-ticks, NULL, a header, Latin-1, and JSON with a trailing comma. */
export async function writeDump(
  folder: string,
  file: string,
  tables: Readonly<Record<string, DumpedTable>>,
): Promise<void> {
  const zip = new yazl.ZipFile();
  for (const [name, table] of Object.entries(tables)) {
    zip.addBuffer(Buffer.from(schemaText(table)), `${name}.json`);
    zip.addBuffer(Buffer.from(table.text ?? datText(table), 'latin1'), `${name}.dat`);
  }
  zip.end();
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  await pipeline(zip.outputStream, createWriteStream(path));
}

function schemaText({ columns }: DumpedTable): string {
  const items = Object.entries(columns).map(
    ([name, type]) => `  {"column_name": "${name}", "column_type": "${type}"},\n`,
  );
  return `[\n${items.join('')}]\n`;
}

function datText({ columns, rows }: DumpedTable): string {
  const lines = rows.map((row) => row.map(fieldText).join('|'));
  return `${[Object.keys(columns).join('|'), ...lines].join('\n')}\n`;
}

function fieldText(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `\`${value.replaceAll('`', '``')}\``;
}
