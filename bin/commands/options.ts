import { Option, type Command } from 'commander';
import { DATABASE_URI_VARIABLE } from '../../crds/contract/task.ts';

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
      new Option('--database <uri>', `the database, as postgresql://user:password@host:5432/name; otherwise ${otherwise}`).env(
        DATABASE_URI_VARIABLE,
      ),
    )
    .option('--data-folder <folder>', 'where the embedded PostgreSQL keeps its data');
}

export function withOutput(command: Command): Command {
  return command.addOption(new Option('-o, --output <form>', 'how to print the result').choices(['table', 'json']).default('table'));
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
