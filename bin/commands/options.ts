import { Option, type Command } from 'commander';
import { DATABASE_URI_VARIABLE } from '../../crds/contract/task.ts';
import type { DatabaseOptions } from '../input/target-database.ts';

/** Options that several commands share. */
export interface ManifestOptions {
  readonly file: readonly string[];
}
export interface OutputOptions {
  readonly output: 'table' | 'json';
}

export function withManifests(command: Command): Command {
  return command.addOption(
    new Option(
      '-f, --file <file>',
      'a file with DumpIngestions, and the ConfigMaps and Secrets they refer to; again for more files, - for standard input',
    )
      .argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
      .makeOptionMandatory(),
  );
}

export function withDumps(command: Command): Command {
  return command.option('--dumps <folder>', "a folder of this machine that stands for the manifest's volume");
}

export function withDatabase(command: Command, otherwise: string): Command {
  return command
    .addOption(
      new Option(
        '--database <uri>',
        `the database, as postgresql://user:password@host:5432/name; otherwise ${otherwise}`,
      ).env(DATABASE_URI_VARIABLE),
    )
    .option(
      '--data-folder <folder>',
      'take the embedded PostgreSQL with its data in this folder, whatever a Secret or the variable says',
    )
    .hook('preAction', (_, action) => preferDataFolder(action));
}

/** Not by commander's conflicts(), which takes a variable of the environment for an option that somebody wrote beside this one. */
function preferDataFolder(command: Command): void {
  if (command.getOptionValue('dataFolder') === undefined) return;
  if (command.getOptionValueSource('database') === 'cli') {
    command.error(
      "error: option '--data-folder <folder>' cannot be used with option '--database <uri>': they name two databases",
    );
  }
  command.setOptionValue('database', undefined);
}

export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <form>', 'how to print the result').choices(['table', 'json']).default('table'),
  );
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export interface RunOptions extends ManifestOptions, OutputOptions, DatabaseOptions {
  readonly dumps?: string;
  readonly verbose?: true;
}
