import type { Command } from 'commander';
import { ManifestError } from '../../crds/contract/errors.ts';
import { catalogueWithoutChanges } from '../../job-runner/catalogue/run-catalogue.ts';
import { withConnection } from '../../job-runner/database/pooled-connection.ts';
import { verifyTable } from '../../job-runner/load/verify-table.ts';
import { notComparable, type Proof } from '../../job-runner/plan/proof.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { withIngestions, tasksOf, type DumpsOptions, type PreparedIngestion } from '../input/prepared-ingestion.ts';
import { openLoadedDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, orInterrupted } from '../interruption.ts';
import { proofText } from '../output/proof-text.ts';
import {
  printJson,
  withDatabase,
  withDumps,
  withManifests,
  withOutput,
  type ManifestOptions,
  type OutputOptions,
} from './options.ts';

type VerifyOptions = ManifestOptions & DatabaseOptions & OutputOptions & DumpsOptions;

const EXAMPLES = `
Reads the dumps again as a load does, and compares the rows with those of the version tables. Nothing is changed.
Exit codes: 0 all the same, 1 something differs or cannot be compared.

Examples:
  motherload verify -f ingestion.yaml --dumps /data/dumps --database postgresql://loader@db.example:5432/warehouse
  motherload verify velo.v2_rides -f ingestion.yaml --dumps /data/dumps --output json`;

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify [tables...]')
    .description('prove that version tables have the rows of their dumps')
    .addHelpText('after', EXAMPLES);
  withOutput(
    withDatabase(
      withDumps(withManifests(command)),
      "the manifest's Secret, if it is among the files, or the embedded PostgreSQL",
    ),
  ).action(verify);
}

async function verify(tables: readonly string[], options: VerifyOptions): Promise<void> {
  const proofs: Proof[] = [];
  const missing = new Set(tables);
  await interruptible(async (signal) => {
    await withIngestions(options, async (ingestions) => {
      for (const prepared of ingestions)
        proofs.push(...(await orInterrupted(signal, () => verifyIngestion(prepared, options, tables, missing))));
    });
  });
  const [unknown] = missing;
  if (unknown !== undefined) {
    const message = `no dump of this manifest is loaded into ${unknown}: motherload status lists the version tables with their dumps`;
    throw new ManifestError('NothingToVerify', message);
  }
  if (options.output === 'json') printJson({ tables: proofs });
  else process.stdout.write(proofText(proofs));
  const isSame = proofs.every(({ outcome }) => outcome === 'Same');
  process.exitCode = isSame ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.SomeFailed;
}

async function verifyIngestion(
  prepared: PreparedIngestion,
  options: VerifyOptions,
  wanted: readonly string[],
  missing: Set<string>,
): Promise<readonly Proof[]> {
  const target = await openLoadedDatabase(options, prepared.secretUri);
  const { uri } = target;
  const proofs: Proof[] = [];
  try {
    const tasks = tasksOf(prepared, 'verify');
    const { schema } = tasks.catalogue.target;
    const { entries } = await withConnection(uri, (db) => catalogueWithoutChanges(tasks.catalogue, db));
    for (const entry of entries) {
      const { versionTable, table, dump, decision, message } = entry;
      const names = [versionTable ?? '', `${schema}.${versionTable ?? ''}`];
      if (wanted.length > 0 && !names.some((name) => wanted.includes(name))) continue;
      for (const name of names) missing.delete(name);
      if (decision === 'Fail') proofs.push(notComparable(`${dump.file}:${table}`, message));
      // A session for each: it keeps the lock of its table.
      else if (decision === 'Load')
        proofs.push(await withConnection(uri, (db) => verifyTable(tasks.loadOf(entry), uri, db)));
    }
  } finally {
    await target.close();
  }
  return proofs;
}
