import type { Command } from 'commander';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { pathOf, type TableIngestionObject } from '../../../operator/kubernetes/client/objects.ts';
import { JOBS } from '../../../operator/kubernetes/client/resources.ts';
import type { Kubectl } from '../kubectl.ts';
import { readIngestion, readTables } from '../read-objects.ts';
import { findTable } from '../find-table.ts';
import { jobsOfRun } from '../waiting-reason.ts';
import { kubectlOf } from './options.ts';

interface LogsOptions {
  readonly follow?: true;
  readonly finish?: true;
}

const EXAMPLES = `
Examples:
  kubectl motherload logs nightly               # of the catalogue
  kubectl motherload logs nightly v7_users -f   # of the Job that loads this version table
  kubectl motherload logs nightly --finish      # of the last step
Each line is JSON. Tables that share a Job share its log.`;

export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .argument('<name>', 'a DumpIngestion')
    .argument('[table]', 'a version table, a table of the dump, or a TableIngestion; without it, the catalogue')
    .description('print the log of the Job that loads a table, or of the catalogue')
    .option('-f, --follow', 'print what is added to it, until the Job ends')
    .option('--finish', "print the log of the run's last step")
    .addHelpText('after', EXAMPLES)
    .action(logs);
}

async function logs(
  name: string,
  table: string | undefined,
  { follow, finish }: LogsOptions,
  command: Command,
): Promise<void> {
  if (table !== undefined && finish === true)
    command.error("error: option '--finish' cannot be used with a table: each has a Job of its own");
  const kubectl = kubectlOf(command);
  const job = await findJob(kubectl, name, table, finish === true);
  process.exitCode = await kubectl.show(['logs', `job/${job}`, ...(follow === true ? ['-f'] : [])]);
}

async function findJob(kubectl: Kubectl, name: string, table: string | undefined, finish: boolean): Promise<string> {
  const ingestion = await readIngestion(kubectl, name);
  const { catalogue, finish: last } = jobsOfRun(ingestion);
  const found =
    table === undefined
      ? { what: finish ? 'the last step' : 'the catalogue', job: finish ? last : catalogue }
      : jobOf(findTable(await readTables(kubectl, name), ingestion.metadata, table));
  await refuseMissing(kubectl, found);
  return found.job;
}

interface FoundJob {
  readonly what: string;
  readonly job: string;
}

function jobOf({ metadata, spec, status = {} }: TableIngestionObject): FoundJob {
  const what = spec.versionTable ?? metadata.name;
  if (status.jobName !== undefined) return { what, job: status.jobName };
  const message = `${what} has no Job: ${status.message ?? spec.message}`;
  throw new ManifestError('NoLog', message);
}

/** kubectl's own message says nothing of why a Job is not there. */
async function refuseMissing(kubectl: Kubectl, { what, job }: FoundJob): Promise<void> {
  const path = pathOf(JOBS, await kubectl.namespace(), job);
  try {
    await kubectl.get(path, `Job ${job}`);
  } catch (error) {
    if (!(error instanceof ManifestError) || error.code !== 'NoSuchIngestion') throw error;
    const message = `the Job of ${what} (${job}) does not exist: it has not been created yet, or was deleted a while after its end (spec.jobTemplate.ttlSecondsAfterFinished); kubectl motherload status shows its result`;
    throw new ManifestError('NoLog', message, {}, { cause: error });
  }
}
