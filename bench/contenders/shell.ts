import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from '../data.ts';
import { copyInto, createVersionTable, quotePath, versionTableOf } from '../statements.ts';
import { PARALLEL_TABLES, type Circumstances, type Command, type Contender } from './contender.ts';

/** What a person would type: unzip into psql's \copy. */
export const unzipIntoPsql: Contender = {
  name: 'unzip -p | psql \\copy',
  prepare: async (circumstances) =>
    await inParallel(circumstances, (table) => {
      const psql = psqlOf(circumstances, [createVersionTable(table), `\\${copyInto(table, 'STDIN')}`]);
      return `set -o pipefail\nunzip -p ${quoteForShell(table.dump)} ${quoteForShell(`${table.name}.dat`)} | ${psql}\n`;
    }),
};

/** The limit of what one backend can do: the server reads the unpacked file itself. */
export const serverSideCopy: Contender = {
  name: 'server-side COPY, unpacked',
  prepare: async (circumstances) =>
    await inParallel(circumstances, (table) => {
      const file = quotePath(circumstances.unpacked(table));
      return `${psqlOf(circumstances, [createVersionTable(table), copyInto(table, file)])}\n`;
    }),
};

function psqlOf({ databaseUri }: Circumstances, statements: readonly string[]): string {
  const commands = statements.map((statement) => `-c ${quoteForShell(statement)}`).join(' ');
  return `psql -X -q -v ON_ERROR_STOP=1 -d ${quoteForShell(databaseUri)} ${commands}`;
}

/** A script per table, several of them at a time. */
async function inParallel(circumstances: Circumstances, script: (table: Table) => string): Promise<Command> {
  const folder = join(circumstances.workFolder, 'scripts');
  mkdirSync(folder, { recursive: true });
  const files = circumstances.set.tables.map((table) => {
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
