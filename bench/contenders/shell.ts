import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from '../data.ts';
import { pgloaderCommands } from './pgloader-commands.ts';
import { copyInto, createVersionTable, quotePath, versionTableOf } from '../statements.ts';
import { PARALLEL_TABLES, type ContenderContext, type Command, type Contender } from './contender.ts';

/** The obvious command line: unzip into psql's \copy. */
export const unzipIntoPsql: Contender = {
  name: 'unzip -p | psql \\copy',
  prepare: async (context) =>
    await inParallel(context, (table) => {
      const psql = psqlOf(context, [createVersionTable(table), `\\${copyInto(table, 'STDIN')}`]);
      const filter = table.format.filter === undefined ? '' : `${table.format.filter} | `;
      return `set -o pipefail\n${unzip(table)} | ${filter}${psql}\n`;
    }),
};

/** The same for files that need more than COPY: what their users write now. */
export const filterIntoPsql: Contender = { ...unzipIntoPsql, name: 'unzip -p | sed | psql \\copy' };

/** A loader of its own kind, in Common Lisp, which parses and converts every value. */
export const pgloader: Contender = {
  name: 'pgloader',
  prepare: async (context) =>
    await inParallel(context, (table) => {
      const file = join(context.workFolder, `${versionTableOf(table)}.load`);
      writeFileSync(file, pgloaderCommands(table, context.databaseUri));
      const create = psqlOf(context, [createVersionTable(table)]);
      const load = `pgloader --quiet --root-dir ${quoteForShell(context.workFolder)} ${quoteForShell(file)}`;
      return `set -o pipefail\n${create} && ${unzip(table)} | ${load}\n`;
    }),
};

function unzip(table: Table): string {
  return `unzip -p ${quoteForShell(table.dump)} ${quoteForShell(`${table.name}.dat`)}`;
}

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
