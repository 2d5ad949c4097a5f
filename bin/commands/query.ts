import type { Command } from 'commander';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible } from '../interruption.ts';
import { renderTable } from '../output/table.ts';
import { printJson, withDatabase, withOutput, type OutputOptions } from './options.ts';

const EXAMPLES = `
Example, over all versions of a mother table:
  motherload query 'SELECT tableoid::regclass AS version, count(*) FROM velo.rides GROUP BY 1 ORDER BY 1'`;

/** The embedded PostgreSQL comes without psql, so there must be a way to look at what was loaded. */
export function addQueryCommand(program: Command): void {
  const command = program
    .command('query <sql>')
    .description('run one SELECT, read-only, and print what it finds')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(command, 'the embedded PostgreSQL')).action(query);
}

async function query(sql: string, options: OutputOptions & DatabaseOptions): Promise<void> {
  const { names, rows } = await interruptible(
    async (signal) =>
      await readTargetDatabase(options, undefined, signal, async (database) => await runQuery(database, sql)),
  );
  if (options.output === 'json')
    printJson(rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))));
  else {
    const titles = names.map((title) => ({ title }));
    process.stdout.write(
      `${renderTable(
        titles,
        rows.map((row) => row.map((value) => value ?? '')),
      )}\n`,
    );
  }
}

async function runQuery(database: Database, sql: string): Promise<{ names: string[]; rows: (string | null)[][] }> {
  // Each value as PostgreSQL prints it, with no date or number bent into JavaScript's.
  const types = { getTypeParser: () => (value: string) => value };
  try {
    // A name makes it a prepared statement, which is one statement: a second one could leave the transaction that only reads.
    const { fields, rows } = await database.query<(string | null)[]>({
      name: 'query',
      text: sql,
      rowMode: 'array',
      types,
    });
    return { names: fields.map(({ name }) => name), rows };
  } catch (error) {
    throw new ManifestError('Query', `the query failed: ${(error as Error).message}`, {}, { cause: error });
  }
}
