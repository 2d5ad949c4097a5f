import type { Command } from 'commander';
import { readHistory, type PastLoad } from '../../job-runner/database/history.ts';
import { readLoads, type LedgerRow } from '../../job-runner/database/ledger.ts';
import { reportMissingLedger } from '../input/missing-ledger.ts';
import { withReadersRemedy } from '../input/reader-rights.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, untilInterrupted } from '../interruption.ts';
import { HISTORY_COLUMNS, historyRow, timeOf } from '../output/history-table.ts';
import { StreamedJsonArray } from '../output/json-array.ts';
import { countOf, formatBytes, formatCount, formatMegabytesPerSecond } from '../output/numbers.ts';
import { print } from '../output/print.ts';
import { StreamedTable, type TableColumn } from '../output/table.ts';
import { withDatabase, withLedgerSchema, withOutput, type LedgerOptions, type OutputOptions } from './options.ts';

interface StatusOptions extends DatabaseOptions, LedgerOptions, OutputOptions {
  readonly history?: true;
}

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
  motherload status --output json
  motherload status --history     # loads that were replaced or dropped, or that failed`;

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('list the loads of a database: version table, rows, dump, time, speed')
    .option('--history', 'list the loads that were replaced or dropped, or that failed, the newest first')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(withLedgerSchema(command), 'the embedded PostgreSQL')).action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const { ledgerSchema, output, history } = options;
  await interruptible(async (signal) => {
    await readTargetDatabase(options, undefined, signal, async (database, description) => {
      await reportMissingLedger(database, ledgerSchema);
      const read = <Row>(rows: Batches<Row>) =>
        untilInterrupted(signal, withReadersRemedy(rows, ledgerSchema, 'loads and history'));
      if (history) await printHistory(read(readHistory(database, ledgerSchema)), output);
      else if (output === 'json') await printAsJson('loads', read(readLoads(database, ledgerSchema)));
      else await printAsTable(read(readLoads(database, ledgerSchema)), description);
    });
  });
}

type Batches<Row> = AsyncIterable<readonly Row[]>;

async function printHistory(batches: Batches<PastLoad>, output: OutputOptions['output']): Promise<void> {
  if (output === 'json') {
    await printAsJson('history', batches);
    return;
  }
  const table = new StreamedTable(HISTORY_COLUMNS);
  let count = 0;
  for await (const loads of batches) {
    count += loads.length;
    await print(table.add(loads.map(historyRow)));
  }
  await print(count === 0 ? 'no load was replaced or dropped, and none failed\n' : table.end());
}

async function printAsJson(name: string, batches: Batches<unknown>): Promise<void> {
  const array = new StreamedJsonArray(1);
  let start = `{\n  "${name}": `;
  for await (const loads of batches) {
    await print(start + array.add(loads));
    start = '';
  }
  await print(`${start}${array.end()}\n}\n`);
}

async function printAsTable(batches: Batches<LedgerRow>, description: string): Promise<void> {
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
    await print('no version table is loaded\n');
    return;
  }
  const total = `${countOf(sum.tables, 'version table')}, ${countOf(sum.rows, 'row')}, ${formatBytes(sum.bytes)}`;
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
    timeOf(load.loadedAt),
  ];
}
