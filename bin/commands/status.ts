import type { Command } from 'commander';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { toMotherloadError } from '../../job-runner/database/database-errors.ts';
import { readLoads, type LedgerRow } from '../../job-runner/database/ledger.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, untilInterrupted } from '../interruption.ts';
import { StreamedJsonArray } from '../output/json-array.ts';
import { formatBytes, formatCount, formatMegabytesPerSecond } from '../output/numbers.ts';
import { print } from '../output/print.ts';
import { StreamedTable, type TableColumn } from '../output/table.ts';
import { withDatabase, withLedgerSchema, withOutput, type LedgerOptions, type OutputOptions } from './options.ts';

type StatusOptions = DatabaseOptions & LedgerOptions & OutputOptions;

const COLUMNS: readonly TableColumn[] = [
  { title: 'VERSION TABLE' },
  { title: 'MOTHER' },
  { title: 'ROWS', align: 'right' },
  { title: 'REJECTS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'SECONDS', align: 'right' },
  { title: 'MB/s', align: 'right' },
  { title: 'DUMP' },
  { title: 'INGESTION' },
  { title: 'LOADED AT' },
];

const EXAMPLES = `
Examples:
  motherload status --database postgresql://reader@db.example:5432/warehouse
  motherload status --output json`;

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('list the loads of a database: version table, rows, dump, time, speed')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(withLedgerSchema(command), 'the embedded PostgreSQL')).action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const { ledgerSchema, output } = options;
  await interruptible(async (signal) => {
    await readTargetDatabase(options, undefined, signal, async (database, description) => {
      const loads = untilInterrupted(signal, readLedger(database, ledgerSchema));
      if (output === 'json') await printAsJson(loads);
      else await printAsTable(loads, description, ledgerSchema);
    });
  });
}

type Batches = AsyncIterable<readonly LedgerRow[]>;

/** Whoever loads has more rights than whoever only reads, and the remedy that a database error has by default is the loader's. */
async function* readLedger(database: Database, ledgerSchema: string): Batches {
  try {
    yield* readLoads(database, ledgerSchema);
  } catch (error) {
    const translated = toMotherloadError(error, {});
    if (translated.code !== 'Sql42501') throw translated;
    const message = `${(error as Error).message}: to read the ledger the role needs USAGE on the schema ${ledgerSchema} and SELECT on its table loads`;
    throw new ManifestError(translated.code, message, {}, { cause: error });
  }
}

async function printAsJson(batches: Batches): Promise<void> {
  const array = new StreamedJsonArray(1);
  let start = '{\n  "loads": ';
  for await (const loads of batches) {
    await print(start + array.add(loads));
    start = '';
  }
  await print(`${start}${array.end()}\n}\n`);
}

async function printAsTable(batches: Batches, description: string, ledgerSchema: string): Promise<void> {
  process.stderr.write(`${description}\n`);
  const table = new StreamedTable(COLUMNS);
  const sum = { tables: 0, rows: 0, bytes: 0 };
  for await (const loads of batches) {
    await print(table.add(loads.map(rowOf)));
    for (const { rows, bytes } of loads) {
      sum.tables++;
      sum.rows += rows;
      sum.bytes += bytes;
    }
  }
  if (sum.tables === 0) {
    await print(`nothing has been loaded yet: the ledger in schema ${ledgerSchema} is empty or does not exist\n`);
    return;
  }
  const total = `${formatCount(sum.tables)} version tables, ${formatCount(sum.rows)} rows, ${formatBytes(sum.bytes)}`;
  await print(`${table.end()}\n${total}\n`);
}

function rowOf(load: LedgerRow): string[] {
  const seconds = Object.values(load.seconds).reduce((sum, step) => sum + step, 0);
  return [
    `${load.targetSchema}.${load.versionTable}`,
    load.mother ?? '',
    formatCount(load.rows),
    formatCount(load.rejects),
    formatBytes(load.bytes),
    seconds.toFixed(2),
    formatMegabytesPerSecond(load.bytes, load.seconds['copy'] ?? seconds),
    load.dumpFile,
    load.ingestion.name,
    load.loadedAt.toISOString().slice(0, 19).replace('T', ' '),
  ];
}
