import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from '../data.ts';
import { copyInto, createVersionTable, quotePath, versionTableOf } from '../statements.ts';
import { PARALLEL_TABLES, type ContenderContext, type Command, type Contender } from './contender.ts';

/** The obvious command line: unzip into psql's \copy. */
export const unzipIntoPsql: Contender = {
  name: 'unzip -p | psql \\copy',
  prepare: async (context) =>
    await inParallel(context, (table) => {
      const psql = psqlOf(context, [createVersionTable(table), `\\${copyInto(table, 'STDIN')}`]);
      return `set -o pipefail\nunzip -p ${quoteForShell(table.dump)} ${quoteForShell(`${table.name}.dat`)} | ${psql}\n`;
    }),
};

/** The upper limit of one backend: the server reads the unpacked file itself. */
export const serverSideCopy: Contender = {
  name: 'server-side COPY, unpacked',
  prepare: async (context) =>
    await inParallel(context, (table) => {
      const file = quotePath(context.unpacked(table));
      return `${psqlOf(context, [createVersionTable(table), copyInto(table, file)])}\n`;
    }),
};

function psqlOf({ databaseUri }: ContenderContext, statements: readonly string[]): string {
  const commands = statements.map((statement) => `-c ${quoteForShell(statement)}`).join(' ');
  return `psql -X -q -v ON_ERROR_STOP=1 -d ${quoteForShell(databaseUri)} ${commands}`;
}

/** One script per table, several at a time. */
async function inParallel(context: ContenderContext, script: (table: Table) => string): Promise<Command> {
  const folder = join(context.workFolder, 'scripts');
  mkdirSync(folder, { recursive: true });
  const files = context.set.tables.map((table) => {
    const file = join(folder, `${versionTableOf(table)}.sh`);
    writeFileSync(file, script(table));
    return file;
  });
  const run = `printf '%s\\0' "$@" | xargs -0 -n 1 -P ${PARALLEL_TABLES} bash`;
  return await Promise.resolve({ program: 'bash', parameters: ['-c', run, 'bash', ...files] });
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
