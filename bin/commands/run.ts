import type { Command } from 'commander';
import { Runners } from '../../operator/local/runners.ts';
import { RUNNER_COMMAND } from '../running/runner-command.ts';
import { withDatabase, withDumps, withManifests, withOutput, type RunOptions } from './options.ts';

const EXAMPLES = `
Examples:
  motherload run -f examples/quickstart.yaml --dumps examples/dumps
  motherload run -f ingestion.yaml --dumps /data/dumps --database postgresql://loader@db.example:5432/warehouse
  motherload run -f ingestion.yaml -f secret.yaml -f type-maps.yaml --dumps . --output json
  motherload run -f ingestion.yaml --dumps /data/dumps --watch`;

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('load the dumps of a manifest on this machine, without a cluster')
    .addHelpText('after', EXAMPLES);
  withOutput(
    withDatabase(
      withDumps(withManifests(command)),
      "the manifest's Secret if it is in the files, or else the embedded PostgreSQL",
    ),
  )
    .option('--archive <folder>', "a local folder to use in place of spec.archive's volume")
    .option('--report <file>', 'write a page on the run, also if it fails: its tables over time, failures, rejects')
    .option('--watch', 'stay, and load each dump that comes into the folder once it is complete, until Ctrl-C')
    .option('-v, --verbose', "print the operator's log to standard error as JSON lines")
    .action(run);
}

/** If the database is an option, the first runner starts on another core while this process loads its modules and reads the manifest. */
async function run(options: RunOptions): Promise<void> {
  const { database, verbose = false } = options;
  const createRunners = (databaseUri: string) =>
    new Runners({ command: RUNNER_COMMAND, databaseUri, captureLog: verbose });
  const early = database === undefined ? undefined : createRunners(database);
  early?.prepare(1);
  try {
    process.exitCode = await (await programOf(options))(options, (databaseUri) => early ?? createRunners(databaseUri));
  } finally {
    await early?.end();
  }
}

async function programOf({ watch }: RunOptions) {
  return watch === undefined
    ? (await import('../running/run-ingestions.ts')).runIngestions
    : (await import('../running/watch-ingestions.ts')).watchIngestions;
}
