import type { Command } from 'commander';
import type { Database } from '../../job-runner/database/connection.ts';
import { previewIngestion, type IngestionPreview } from '../../job-runner/preview/preview-ingestion.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { withIngestions, tasksOf, type DumpsOptions, type PreparedIngestion } from '../input/prepared-ingestion.ts';
import { readTargetDatabase, type DatabaseOptions } from '../input/target-database.ts';
import { interruptible, orInterrupted } from '../interruption.ts';
import { planText } from '../output/plan-text.ts';
import { holdsData } from '../postgresql/data-folder.ts';
import {
  printJson,
  withDatabase,
  withDumps,
  withManifests,
  withOutput,
  type ManifestOptions,
  type OutputOptions,
} from './options.ts';

type PlanOptions = ManifestOptions & OutputOptions & DatabaseOptions & DumpsOptions;

const EXAMPLES = `
Reads the dumps' schema files and headers, and the database without changing it. Without a database an empty one is assumed.

Examples:
  motherload plan -f examples/quickstart.yaml --dumps examples/dumps
  motherload plan -f ingestion.yaml --dumps /data/dumps --database postgresql://loader@db.example:5432/warehouse --output json`;

export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .description('print what a run would do: the catalogue, DDL and COPY statements')
    .addHelpText('after', EXAMPLES);
  withOutput(
    withDatabase(withDumps(withManifests(command)), "the manifest's Secret, if it is among the files, or none"),
  ).action(plan);
}

async function plan(options: PlanOptions): Promise<void> {
  const plans: IngestionPreview[] = [];
  await interruptible(async (signal) => {
    await withIngestions(options, async (ingestions) => {
      for (const prepared of ingestions) {
        const planned = await planWithDatabase(prepared, options, signal);
        plans.push(planned);
        if (options.output === 'table') process.stdout.write(`${planText(planned)}\n`);
      }
    });
  });
  if (options.output === 'json') printJson({ ingestions: plans });
  const failed = plans.some(({ tables }) =>
    tables.some(({ entry, failure }) => failure !== undefined || entry.decision === 'Fail'),
  );
  process.exitCode = failed ? CLI_EXIT_CODES.SomeFailed : CLI_EXIT_CODES.Success;
}

async function planWithDatabase(
  prepared: PreparedIngestion,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<IngestionPreview> {
  const { name } = prepared.manifest.metadata;
  const { database, dataFolder } = options;
  const isGiven = database !== undefined || dataFolder !== undefined || prepared.secretUri !== undefined;
  const isToBeCreated = dataFolder !== undefined && !holdsData(dataFolder);
  if (!isGiven || isToBeCreated) {
    const found = isToBeCreated ? `there is no database in ${dataFolder} yet` : 'no database is given';
    process.stderr.write(`${name}: ${found}, so an empty one is assumed\n`);
    return await orInterrupted(signal, () => preview(prepared, undefined));
  }
  return await readTargetDatabase(options, prepared.secretUri, signal, async (database, description) => {
    process.stderr.write(`${name}: compared with ${description}\n`);
    return await preview(prepared, database);
  });
}

async function preview(prepared: PreparedIngestion, database: Database | undefined): Promise<IngestionPreview> {
  const { catalogue, loadOf } = tasksOf(prepared, 'plan');
  return await previewIngestion(catalogue, loadOf, database);
}
