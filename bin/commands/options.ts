import { Option, type Command } from 'commander';
import { DATABASE_URI_VARIABLE } from '../../crds/contract/task.ts';
import { DEFAULT_LEDGER_SCHEMA } from '../input/missing-ledger.ts';
import type { DumpsOptions } from '../input/prepared-ingestion.ts';
import type { DatabaseOptions } from '../input/target-database.ts';

/** Options that several commands share. */
export interface ManifestOptions {
  readonly file: readonly string[];
}
export interface OutputOptions {
  readonly output: 'table' | 'json';
}

export function withManifests(command: Command): Command {
  return command.addOption(manifestOption().makeOptionMandatory());
}

export function manifestOption(): Option {
  return new Option(
    '-f, --file <file>',
    'a file with DumpIngestions, ConfigMaps and Secrets; repeat it for more files, use - for standard input',
  ).argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
}

export function withDumps(command: Command): Command {
  return withKeys(
    command.option(
      '--dumps <folder>',
      "a local folder, or a bucket as s3://bucket/prefix, to use in place of the manifest's source",
    ),
    "the manifest's Secret",
  );
}

/** `secret`: where a key or a password comes from that is not given; from nowhere, without a manifest. */
export function withKeys(command: Command, secret?: string): Command {
  const [key, password] = secret === undefined ? ['', ''] : [`${secret}, or `, ` (default: ${secret})`];
  return command
    .option('--gpg-key <file>', `a secret key for encrypted dumps (default: ${key}your own keys)`)
    .option('--gpg-passphrase-file <file>', 'a file with the passphrase of the key, or of the dumps')
    .option('--zip-password-file <file>', `a file with the password of encrypted ZIPs${password}`);
}

export function withDatabase(command: Command, byDefault: string): Command {
  return command
    .addOption(
      new Option(
        '--database <uri>',
        `the database, as postgresql://user:password@host:5432/name (default: ${byDefault})`,
      ).env(DATABASE_URI_VARIABLE),
    )
    .option(
      '--data-folder <folder>',
      'use the embedded PostgreSQL with its data in this folder, even where a Secret or the variable names a database',
    )
    .hook('preAction', (_, action) => preferDataFolder(action));
}

/** Not with commander's conflicts(), which would also refuse --data-folder where only the environment variable names a database. */
function preferDataFolder(command: Command): void {
  if (command.getOptionValue('dataFolder') === undefined) return;
  if (command.getOptionValueSource('database') === 'cli') {
    command.error(
      "error: option '--data-folder <folder>' cannot be used with option '--database <uri>': each names a database",
    );
  }
  command.setOptionValue('database', undefined);
}

export interface LedgerOptions {
  readonly ledgerSchema: string;
}

export function withLedgerSchema(command: Command): Command {
  const description = "the ledger's schema, as in spec.target.ledgerSchema";
  return command.option('--ledger-schema <name>', description, DEFAULT_LEDGER_SCHEMA);
}

export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <form>', 'the form of the result').choices(['table', 'json']).default('table'),
  );
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export interface RunOptions extends ManifestOptions, OutputOptions, DatabaseOptions, DumpsOptions {
  readonly verbose?: true;
  /** A local folder in place of the manifest's archive. */
  readonly archive?: string;
  /** Run again whenever a dump has come or changed. */
  readonly watch?: true;
  /** The file of an HTML page about the run. */
  readonly report?: string;
}
