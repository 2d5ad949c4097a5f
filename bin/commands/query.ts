import type { Command } from 'commander';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { readTextRows, type RowBatch } from '../../job-runner/database/read-rows.ts';
import { hasSqlState, SQL_STATES } from '../../job-runner/database/sql-state.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, untilInterrupted } from '../interruption.ts';
import { StreamedJsonArray } from '../output/json-array.ts';
import { print } from '../output/print.ts';
import { StreamedTable } from '../output/table.ts';
import { withDatabase, withOutput, type OutputOptions } from './options.ts';

const EXAMPLES = `
Example, for all versions of a mother table:
  motherload query 'SELECT tableoid::regclass AS version, count(*) FROM velo.rides GROUP BY 1 ORDER BY 1'`;

/** The embedded PostgreSQL has no psql, so this is the way to see what was loaded. */
export function addQueryCommand(program: Command): void {
  const command = program
    .command('query <sql>')
    .description('run one read-only SQL statement and print its rows')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(command, 'the embedded PostgreSQL')).action(query);
}

async function query(sql: string, options: OutputOptions & DatabaseOptions): Promise<void> {
  if (sql.trim() === '') throw new ManifestError('Query', 'there is no statement: give one, such as SELECT 1');
  const printBatches = options.output === 'json' ? printAsJson : printAsTable;
  await interruptible(async (signal) => {
    await readTargetDatabase(options, undefined, signal, (database) =>
      printBatches(untilInterrupted(signal, runQuery(database, sql))),
    );
  });
}

type Batches = AsyncIterable<RowBatch<(string | null)[]>>;

async function printAsTable(batches: Batches): Promise<void> {
  let table: StreamedTable | undefined;
  for await (const { names, rows } of batches) {
    table ??= new StreamedTable(names.map((title) => ({ title })));
    await print(table.add(rows.map((row) => row.map((value) => value ?? ''))));
  }
  await print(table?.end() ?? '');
}

async function printAsJson(batches: Batches): Promise<void> {
  const array = new StreamedJsonArray();
  for await (const { names, rows } of batches) {
    await print(
      array.add(rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])))),
    );
  }
  await print(`${array.end()}\n`);
}

async function* runQuery(database: Database, sql: string): Batches {
  try {
    yield* readTextRows(database, sql);
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    const message = `the query failed: ${(error as Error).message}${whatToDo(error)}`;
    throw new ManifestError('Query', message, {}, { cause: error });
  }
}

function whatToDo(error: unknown): string {
  if (isOfSeveral(error)) return '; give one statement at a time';
  if (hasSqlState(error, SQL_STATES.readOnlySqlTransaction)) return '; nothing can be changed here';
  if (hasSqlState(error, SQL_STATES.undefinedTable)) return '; check its name, with its schema in front';
  return '';
}

/** Of the syntax errors that about several statements alone names no position. */
function isOfSeveral(error: unknown): boolean {
  return hasSqlState(error, SQL_STATES.syntaxError) && (error as { position?: string }).position === undefined;
}
