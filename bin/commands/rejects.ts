import type { Command } from 'commander';
import { open, type FileHandle } from 'node:fs/promises';
import { are, were } from '../../crds/contract/counted.ts';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { isVersionTable, readRejects, type ListedReject } from '../../job-runner/database/rejects.ts';
import { fileProblem } from '../input/file-problem.ts';
import { reportMissingLedger } from '../input/missing-ledger.ts';
import { withReadersRemedy } from '../input/reader-rights.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, untilInterrupted } from '../interruption.ts';
import { StreamedJsonArray } from '../output/json-array.ts';
import { countOf, formatCount } from '../output/numbers.ts';
import { print } from '../output/print.ts';
import { StreamedTable, type TableColumn } from '../output/table.ts';
import { withDatabase, withLedgerSchema, withOutput, type LedgerOptions, type OutputOptions } from './options.ts';

interface RejectsOptions extends DatabaseOptions, LedgerOptions, OutputOptions {
  readonly export?: string;
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'VERSION TABLE' },
  { title: 'LINE', align: 'right' },
  { title: 'COLUMN' },
  { title: 'VALUE' },
  { title: 'SQLSTATE' },
  { title: 'REASON' },
];

const EXAMPLES = `
Examples:
  motherload rejects --database postgresql://reader@db.example:5432/warehouse
  motherload rejects velo.v2_rides --export rides.dat    # the records as they stand in the dump, behind its header
  motherload rejects --output json                       # with position and bytes`;

export function addRejectsCommand(program: Command): void {
  const command = program
    .command('rejects [table]')
    .description('list or export the records that could not be loaded (spec.rejects)')
    .option('--export <file>', 'write the records of one version table into a new DAT file')
    .addHelpText('after', EXAMPLES);
  withOutput(withDatabase(withLedgerSchema(command), 'the embedded PostgreSQL')).action(
    async (table: string | undefined, options: RejectsOptions) => {
      if (options.export !== undefined && table === undefined)
        command.error(
          'error: --export needs a version table, for example: motherload rejects velo.v2_rides --export rides.dat',
        );
      await rejects(table, options);
    },
  );
}

type Batches = AsyncIterable<readonly ListedReject[]>;

async function rejects(table: string | undefined, options: RejectsOptions): Promise<void> {
  await interruptible(async (signal) => {
    await readTargetDatabase(options, undefined, signal, async (database: Database) => {
      const { ledgerSchema } = options;
      await reportMissingLedger(database, ledgerSchema);
      const found = readKnown(database, ledgerSchema, table);
      const batches = untilInterrupted(signal, withReadersRemedy(found, ledgerSchema, 'loads and rejects'));
      if (options.export !== undefined) await exportTo(options.export, batches, table ?? '');
      else if (options.output === 'json') await printAsJson(batches);
      else await printAsTable(batches);
    });
  });
}

/** A mistyped name is not to look like a table without rejects. */
async function* readKnown(
  database: Database,
  ledgerSchema: string,
  table: string | undefined,
): AsyncGenerator<readonly ListedReject[]> {
  let isEmpty = true;
  for await (const batch of readRejects(database, ledgerSchema, table)) {
    isEmpty = false;
    yield batch;
  }
  if (!isEmpty || table === undefined || (await isVersionTable(database, ledgerSchema, table))) return;
  const message = `the ledger in schema ${ledgerSchema} has no version table ${table}: motherload status lists them`;
  throw new ManifestError('RejectsExport', message);
}

async function printAsTable(batches: Batches): Promise<void> {
  const table = new StreamedTable(COLUMNS);
  let count = 0;
  for await (const batch of batches) {
    count += batch.length;
    await print(table.add(batch.map(rowOf)));
  }
  await print(
    count === 0
      ? 'no records were left out\n'
      : `${table.end()}\n${countOf(count, 'record')} ${were(count)} left out\n`,
  );
}

function rowOf({ versionTable, line, column, value, sqlState, reason }: ListedReject): string[] {
  return [versionTable, formatCount(line), column ?? '', value ?? '', sqlState ?? '', reason];
}

async function printAsJson(batches: Batches): Promise<void> {
  const array = new StreamedJsonArray();
  for await (const batch of batches) await print(array.add(batch.map(jsonOf)));
  await print(`${array.end()}\n`);
}

function jsonOf(reject: ListedReject): Record<string, unknown> {
  const { versionTable, dump, entry, record, line, byteOffset, column, value, sqlState, code, reason, raw } = reject;
  const place = { versionTable, dump, entry, record, line, byteOffset, column };
  return { ...place, value, sqlState, code, reason, raw: raw.toString('base64') };
}

/** As they stand in the dump, so that they can be repaired and loaded by the same format. */
async function exportTo(path: string, batches: Batches, table: string): Promise<void> {
  let file: FileHandle | undefined;
  let count = 0;
  let exported: string | undefined;
  try {
    for await (const batch of batches) {
      const [first] = batch;
      exported ??= first?.versionTable;
      if (batch.some(({ versionTable }) => versionTable !== exported)) {
        const message = `several schemas have a version table ${table}: write its schema in front, for example ${exported ?? ''}`;
        throw new ManifestError('RejectsExport', message);
      }
      if (file === undefined) {
        file = await create(path);
        if (first?.header) await file.write(Buffer.concat([first.header, Buffer.from(first.recordEnd)]));
      }
      await file.write(Buffer.concat(batch.flatMap(({ raw, recordEnd }) => [raw, Buffer.from(recordEnd)])));
      count += batch.length;
    }
  } finally {
    await file?.close();
  }
  if (exported === undefined) throw new ManifestError('RejectsExport', `no records of ${table} were left out`);
  await print(`${countOf(count, 'record')} of ${exported} ${are(count)} in ${path}\n`);
}

/** An existing file is never overwritten. */
async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    const message = `the file cannot be created (${fileProblem(error)}): choose another name`;
    throw new ManifestError('RejectsExport', message, { file: path }, { cause: error });
  }
}
