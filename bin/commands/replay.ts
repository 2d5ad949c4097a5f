import type { Command } from 'commander';
import { catalogueWithoutChanges } from '../../job-runner/catalogue/run-catalogue.ts';
import { connect, type Database } from '../../job-runner/database/connection.ts';
import { replayTable, type ReplayedTable } from '../../job-runner/load/replay.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { withIngestions, tasksOf, type DumpsOptions, type PreparedIngestion } from '../input/prepared-ingestion.ts';
import { openLoadedDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, orInterrupted } from '../interruption.ts';
import { formatCount } from '../output/numbers.ts';
import { print } from '../output/print.ts';
import { withDatabase, withDumps, withManifests, type ManifestOptions } from './options.ts';

type ReplayOptions = ManifestOptions & DatabaseOptions & DumpsOptions;

interface Replayed {
  readonly tables: number;
  readonly left: number;
}

const EXAMPLES = `
The records go into the version tables that left them out, by the format and the types of the manifest as it is now.

Example, after a change of spec.format:
  motherload replay -f ingestion.yaml --dumps /data/dumps --database postgresql://loader@db.example:5432/warehouse`;

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description('load the records again that could not be loaded (motherload rejects)')
    .addHelpText('after', EXAMPLES);
  withDatabase(
    withDumps(withManifests(command)),
    "the manifest's Secret, if it is among the files, or the embedded PostgreSQL",
  ).action(replay);
}

async function replay(options: ReplayOptions): Promise<void> {
  const sum = { tables: 0, left: 0 };
  await interruptible(async (signal) => {
    await withIngestions(options, async (ingestions) => {
      for (const prepared of ingestions) {
        const { tables, left } = await orInterrupted(signal, () => replayIngestion(prepared, options));
        sum.tables += tables;
        sum.left += left;
      }
    });
  });
  if (sum.tables === 0) await print('no table of these dumps has rejects, or was loaded by another manifest\n');
  process.exitCode = sum.left === 0 ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.SomeFailed;
}

async function replayIngestion(prepared: PreparedIngestion, options: ReplayOptions): Promise<Replayed> {
  const target = await openLoadedDatabase(options, prepared.secretUri);
  try {
    const database = await connect(target.uri);
    try {
      return await replayTables(prepared, target.uri, database);
    } finally {
      await database.end();
    }
  } finally {
    await target.close();
  }
}

async function replayTables(prepared: PreparedIngestion, uri: string, database: Database): Promise<Replayed> {
  const tasks = tasksOf(prepared, 'replay');
  const catalogue = await catalogueWithoutChanges(tasks.catalogue, database);
  const sum = { tables: 0, left: 0 };
  for (const table of catalogue.entries) {
    if (table.versionTable === undefined || table.dat === undefined || table.decision === 'Fail') continue;
    const replayed = await replayTable(tasks.loadOf(table), uri, database);
    if (replayed === undefined) continue;
    sum.tables++;
    sum.left += replayed.rejects?.left ?? 0;
    for (const sentence of describe(replayed)) await print(`${replayed.versionTable}: ${sentence}\n`);
  }
  return sum;
}

function describe({ rejects, isByTask }: ReplayedTable): string[] {
  const ofRejects =
    rejects && `${formatCount(rejects.loaded)} rejects are loaded now, ${formatCount(rejects.left)} are left`;
  if (!isByTask)
    return [
      ...(ofRejects === undefined ? [] : [ofRejects]),
      'a load by this manifest would bring other rows than it has (motherload verify), so a run by it does not find it loaded already',
    ];
  return [
    ofRejects ??
      'it has no rejects, and the rows that a load by this manifest would bring: a run finds it loaded already',
  ];
}
