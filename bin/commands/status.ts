import type { Command } from 'commander';
import { ManifestError, MotherloadError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { translateErrors } from '../../job-runner/database/database-errors.ts';
import { listLoads, type LedgerRow } from '../../job-runner/database/ledger.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible } from '../interruption.ts';
import { formatBytes, formatCount, formatMegabytesPerSecond } from '../output/numbers.ts';
import { renderTable } from '../output/table.ts';
import { printJson, withDatabase, withOutput, type OutputOptions } from './options.ts';

interface StatusOptions extends DatabaseOptions, OutputOptions {
  readonly ledgerSchema: string;
}

const EXAMPLES = `
Examples:
  motherload status --database postgresql://reader@db.example:5432/warehouse
  motherload status --output json`;

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('show what was loaded into a database, when, from what and how fast')
    .option('--ledger-schema <name>', 'the schema of the ledger (spec.target.ledgerSchema)', 'motherload')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(command, 'the embedded PostgreSQL')).action(status);
}

async function status(options: StatusOptions): Promise<void> {
  await interruptible(async (signal) => {
    await readTargetDatabase(options, undefined, signal, async (database, description) => {
      const loads = await readLedger(database, options.ledgerSchema);
      if (options.output === 'json') printJson({ loads });
      else printForPeople(loads, description, options.ledgerSchema);
    });
  });
}

/** Who loads has more rights than who only looks, and the remedy that an error of the database has by default is the loader's. */
async function readLedger(database: Database, ledgerSchema: string): Promise<LedgerRow[]> {
  try {
    return await translateErrors({}, () => listLoads(database, ledgerSchema));
  } catch (error) {
    if (!(error instanceof MotherloadError) || error.code !== 'Sql42501') throw error;
    const said = error.cause instanceof Error ? error.cause.message : error.message;
    const message = `${said}: to read the ledger the role needs USAGE on the schema ${ledgerSchema} and SELECT on its table loads`;
    throw new ManifestError(error.code, message, {}, { cause: error });
  }
}

function printForPeople(loads: readonly LedgerRow[], description: string, ledgerSchema: string): void {
  process.stderr.write(`${description}\n`);
  if (loads.length === 0) {
    process.stdout.write(`nothing was loaded yet: there is no load in the ledger, schema ${ledgerSchema}\n`);
    return;
  }
  const right = 'right' as const;
  const columns = [
    { title: 'VERSION TABLE' },
    { title: 'MOTHER' },
    { title: 'ROWS', align: right },
    { title: 'SIZE', align: right },
    { title: 'SECONDS', align: right },
    { title: 'MB/s', align: right },
    { title: 'DUMP' },
    { title: 'INGESTION' },
    { title: 'LOADED AT' },
  ];
  process.stdout.write(`${renderTable(columns, loads.map(rowOf))}\n`);
  const rows = loads.reduce((sum, load) => sum + load.rows, 0);
  const bytes = loads.reduce((sum, load) => sum + load.bytes, 0);
  process.stdout.write(`\n${loads.length} version tables, ${formatCount(rows)} rows, ${formatBytes(bytes)}\n`);
}

function rowOf(load: LedgerRow): string[] {
  const seconds = Object.values(load.seconds).reduce((sum, step) => sum + step, 0);
  return [
    `${load.targetSchema}.${load.versionTable}`,
    load.mother ?? '',
    formatCount(load.rows),
    formatBytes(load.bytes),
    seconds.toFixed(2),
    formatMegabytesPerSecond(load.bytes, load.seconds['copy'] ?? seconds),
    load.dumpFile,
    load.ingestion.name,
    load.loadedAt.toISOString().slice(0, 19).replace('T', ' '),
  ];
}
