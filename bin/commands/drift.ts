import type { Command } from 'commander';
import { catalogueWithoutChanges } from '../../job-runner/catalogue/run-catalogue.ts';
import { readKnownVersions } from '../../job-runner/database/known-versions.ts';
import { driftOf, type MotherDrift, type VersionDrift } from '../../job-runner/plan/mother/drift.ts';
import { reportMissingLedger } from '../input/missing-ledger.ts';
import { withIngestions, tasksOf } from '../input/prepared-ingestion.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible } from '../interruption.ts';
import { print } from '../output/print.ts';
import { renderTable, type TableColumn } from '../output/table.ts';
import {
  manifestOption,
  printJson,
  withDatabase,
  withDumps,
  withLedgerSchema,
  withOutput,
  type LedgerOptions,
  type ManifestOptions,
  type OutputOptions,
} from './options.ts';

interface DriftOptions extends DatabaseOptions, LedgerOptions, OutputOptions {
  readonly file?: readonly string[];
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'MOTHER' },
  { title: 'VERSION' },
  { title: 'DUMP' },
  { title: 'LOADED' },
  { title: 'ADDED' },
  { title: 'DROPPED' },
  { title: 'RETYPED' },
];

const EXAMPLES = `
Each version is compared with the one before it, by the columns of its dump. With a manifest its dumps count as well, loaded or not.

Examples:
  motherload drift --database postgresql://reader@db.example:5432/warehouse
  motherload drift -f ingestion.yaml --dumps /data/dumps --output json`;

export function addDriftCommand(program: Command): void {
  const command = program
    .command('drift')
    .description('list which version of each mother table added, dropped or retyped which columns')
    .addOption(manifestOption())
    .addHelpText('after', EXAMPLES);
  withOutput(
    withDatabase(
      withDumps(withLedgerSchema(command)),
      "the manifest's Secret, if it is among the files, or the embedded PostgreSQL",
    ),
  ).action(drift);
}

async function drift(options: DriftOptions): Promise<void> {
  await interruptible(async (signal) => {
    const mothers =
      options.file === undefined
        ? await driftOfLoads(options, signal)
        : await driftOfDumps({ ...options, file: options.file }, signal);
    if (options.output === 'json') printJson({ mothers });
    else await print(driftText(mothers));
  });
}

async function driftOfLoads(options: DriftOptions, signal: AbortSignal): Promise<readonly MotherDrift[]> {
  return await readTargetDatabase(options, undefined, signal, async (database) => {
    await reportMissingLedger(database, options.ledgerSchema);
    const versions = await readKnownVersions(database, options.ledgerSchema);
    return driftOf(
      versions.map((version) => ({ ...version, mother: `${version.schema}.${version.mother}`, isLoaded: true })),
    );
  });
}

async function driftOfDumps(
  options: DriftOptions & ManifestOptions,
  signal: AbortSignal,
): Promise<readonly MotherDrift[]> {
  return await withIngestions(options, async (ingestions) => {
    const mothers: MotherDrift[] = [];
    for (const prepared of ingestions) {
      const { catalogue: task } = tasksOf(prepared, 'drift');
      const found = await readTargetDatabase(options, prepared.secretUri, signal, (database) =>
        catalogueWithoutChanges(task, database),
      );
      mothers.push(...found.drift.map((each) => ({ ...each, mother: `${task.target.schema}.${each.mother}` })));
    }
    return mothers;
  });
}

function driftText(mothers: readonly MotherDrift[]): string {
  if (mothers.length === 0) return 'no mother table has a version\n';
  const rows = mothers.flatMap(({ mother, versions }) => versions.map((version) => rowOf(mother, version)));
  const differing = mothers.filter(({ versions }) => versions.some(differs)).length;
  return `${renderTable(COLUMNS, rows)}\n\n${differing} of ${mothers.length} mother tables have versions that differ\n`;
}

function differs({ added, dropped, retyped }: VersionDrift): boolean {
  return added.length + dropped.length + retyped.length > 0;
}

function rowOf(
  mother: string,
  { version, dump, isLoaded, isRecorded, added, dropped, retyped }: VersionDrift,
): string[] {
  const named = (columns: VersionDrift['added']) => columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  return [
    ...[mother, version, dump, isLoaded ? 'yes' : 'no'],
    isRecorded ? named(added) : '(not recorded)',
    dropped.map(({ name }) => name).join(', '),
    retyped.map(({ name, from, to }) => `${name} ${from} → ${to}`).join(', '),
  ];
}
