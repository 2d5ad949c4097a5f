import { createLog, SILENT_LOG } from '../../crds/contract/log.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import { connect } from '../../job-runner/database/connection.ts';
import { listLoads, type LedgerRow } from '../../job-runner/database/ledger.ts';
import { runLocally, type LocalView } from '../../operator/local/run-locally.ts';
import type { Runners } from '../../operator/local/runners.ts';
import { printJson, type RunOptions } from '../commands/options.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { archiveFolderOf } from '../input/archive-folder.ts';
import { describeSource } from '../input/dumps-source.ts';
import { withIngestions, type PreparedIngestion } from '../input/prepared-ingestion.ts';
import { openTargetDatabase } from '../input/target-database.ts';
import { interruptible, orInterrupted } from '../interruption.ts';
import { progressDisplay } from '../output/live-progress.ts';
import { refuseUnwritable, writeReportFile } from '../report/report-file.ts';
import type { RunReport } from '../report/run-report.ts';
import { runSummary } from '../output/run-summary.ts';

export interface FinishedRun {
  readonly manifest: DumpIngestionManifest;
  readonly view: LocalView;
  /** The ledger's rows for the target schema after the run. */
  readonly loads: readonly LedgerRow[];
}

/** Runs the manifests one after the other, each with runners for its database, and returns the exit code. */
export async function runIngestions(
  options: RunOptions,
  runnersFor: (databaseUri: string) => Runners,
): Promise<number> {
  const finished: FinishedRun[] = [];
  if (options.report !== undefined) refuseUnwritable(options.report);
  try {
    await interruptible(async (signal) => {
      await withIngestions(options, async (ingestions) => {
        for (const { manifest } of ingestions) archiveFolderOf(manifest, options.archive);
        for (const prepared of ingestions) {
          signal.throwIfAborted();
          const run = await runIngestion(prepared, options, runnersFor, signal);
          finished.push(run);
          if (options.output === 'table') printRun(run, options);
        }
      });
      signal.throwIfAborted();
    });
  } finally {
    // The results so far, also if the next one's database cannot be reached.
    if (options.output === 'json' && finished.length > 0) printJson({ ingestions: finished.map(asJson) });
    writeReport(options, finished);
  }
  return exitCode(finished);
}

/** Its summary, or its objects as JSON. */
export function printRun(run: FinishedRun, { output }: Pick<RunOptions, 'output'>): void {
  if (output === 'json') printJson({ ingestions: [asJson(run)] });
  else process.stdout.write(`${summaryOf(run)}\n`);
}

/** Writes the page on these runs, if one is asked for. */
export function writeReport({ report }: Pick<RunOptions, 'report'>, finished: readonly FinishedRun[]): void {
  if (report !== undefined && finished.length > 0) writeReportFile(report, finished.map(asReport), new Date());
}

function summaryOf({ manifest: { metadata, spec }, view, loads }: FinishedRun): string {
  return runSummary({ name: metadata.name, policy: spec.motherTables.policy }, view, loads);
}

/** Runs one manifest. */
export async function runIngestion(
  { manifest, volumeFolder, sourceSecretsFolder, decryption, dialectFiles, secretUri }: PreparedIngestion,
  options: RunOptions,
  runnersFor: (databaseUri: string) => Runners,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const database = await openTargetDatabase(options, secretUri);
  const { name } = manifest.metadata;
  const dumps = describeSource(manifest.spec.source, volumeFolder);
  process.stderr.write(`${name}: ${dumps} into ${database.description}\n`);
  const runners = runnersFor(database.uri);
  if (!manifest.spec.suspend) runners.prepare(1);
  const display = await progressDisplay(name, process.stderr, options.verbose === true);
  try {
    await orInterrupted(signal, () => refuseUnreachable(database.uri));
    const view = await runLocally({
      manifest,
      dumpsFolder: volumeFolder,
      archiveFolder: archiveFolderOf(manifest, options.archive),
      sourceSecretsFolder,
      decryption,
      dialectFiles,
      runners,
      onChange: (change) => display.show(change),
      log: options.verbose === true ? createLog({}, 'stderr') : SILENT_LOG,
      signal,
    });
    const read = async () => (view.tables.length === 0 ? [] : await readLoads(database.uri, manifest));
    const [first] = await Promise.all([read().catch(() => undefined), runners.end()]);
    // With a low connection limit the ledger can be read only now that the runners have ended.
    return { manifest, view, loads: first ?? (await readLoadsIfReachable(database.uri, manifest)) };
  } finally {
    display.end();
    await runners.end();
    await database.close();
  }
}

/** Fails at once if the database cannot be reached. A runner would retry for minutes, since in a cluster it may be starting. */
async function refuseUnreachable(uri: string): Promise<void> {
  const database = await connect(uri, { readOnly: true });
  await database.end();
}

/** If the database is unreachable at the end of a run, the summary still shows the run's tables, without those of other runs. */
async function readLoadsIfReachable(uri: string, manifest: DumpIngestionManifest): Promise<LedgerRow[]> {
  try {
    return await readLoads(uri, manifest);
  } catch (error) {
    process.stderr.write(`${manifest.metadata.name}: the ledger cannot be read: ${(error as Error).message}\n`);
    return [];
  }
}

async function readLoads(uri: string, { spec }: DumpIngestionManifest): Promise<LedgerRow[]> {
  const database = await connect(uri, { readOnly: true });
  try {
    return (await listLoads(database, spec.target.ledgerSchema)).filter(
      ({ targetSchema }) => targetSchema === spec.target.schema,
    );
  } finally {
    await database.end();
  }
}

function asReport({ manifest, view }: FinishedRun): RunReport {
  return { name: manifest.metadata.name, ...view };
}

function asJson({ manifest, view }: FinishedRun) {
  const { name, namespace } = manifest.metadata;
  return { name, namespace, status: view.ingestion, tables: view.tables };
}

function exitCode(finished: readonly FinishedRun[]): number {
  if (finished.every(({ view }) => view.ingestion.phase === 'Complete')) return CLI_EXIT_CODES.Success;
  // A run that an error in the manifest stopped before the catalogue was complete has no failed tables.
  const wrongManifest = finished.some(
    ({ view }) => view.tables.length === 0 && view.ingestion.failures?.[0]?.kind === 'Manifest',
  );
  return wrongManifest ? CLI_EXIT_CODES.WrongUsage : CLI_EXIT_CODES.SomeFailed;
}
