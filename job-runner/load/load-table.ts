import { randomUUID } from 'node:crypto';
import type { Log } from '../../crds/contract/log.ts';
import type { LoadResult, ProgressReport } from '../../crds/contract/report.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { NotForBinary } from '../copy/row-converter.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { ensureSchema, migrateLedger } from '../database/ledger.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { lockStagingTable } from '../database/staging-table.ts';
import { DatFile, locationOf } from '../dump/dat-file.ts';
import type { MotherIndex } from '../plan/index-statements.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { stagingTable } from '../plan/staging-table.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';
import { Stopwatch } from '../stopwatch.ts';
import { attachVersionTable, finishStaging } from './attach.ts';
import type { ExistingTableAction } from './existing-table.ts';
import { inspectTable, planSteps, versionTableOf, type TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { LoadProgress } from './progress.ts';
import { copyIntoStaging, type CopyResult } from './staging.ts';

/**
 * Loads one table exactly once: take the lock, ask the ledger, copy into a staging table, check it, then attach it and write the ledger in one
 * transaction. A crash before that commit leaves nothing that a reader sees; after it the next attempt finds the ledger's row.
 */
export async function loadTable(
  task: LoadTask,
  databaseUri: string,
  log: Log,
  report: (report: ProgressReport) => void,
): Promise<LoadResult> {
  const progress = new LoadProgress(task.table.dat?.compressedBytes ?? 0, report);
  try {
    return await withConnection(databaseUri, async (db) => {
      const dat = await DatFile.open(task, (bytes) => progress.read(bytes));
      try {
        return await loadOpened({ task, databaseUri, db, dat, log, progress, watch: new Stopwatch() });
      } finally {
        await dat.close();
      }
    });
  } catch (error) {
    throw toMotherloadError(error, locationOf(task));
  }
}

async function loadOpened(opened: Omit<Load, 'plan'>): Promise<LoadResult> {
  const { log, watch, progress } = opened;
  progress.enter('plan');
  const inspection = await watch.time('plan', () => inspectLocked(opened));
  const { existing, plan } = inspection;
  for (const warning of plan.warnings) log.warn(warning, { step: 'plan' });
  if (existing.action === 'Keep') return keepExisting(opened, existing, plan.warnings);
  const { rows, bytes, streams, warnings: found } = await copyAndAttach({ ...opened, plan }, inspection);
  for (const warning of found) log.warn(warning, { step: 'copy' });
  // What concerns the values comes first: a result that is too long loses its last warnings.
  const warnings = [...found, ...plan.warnings];
  const message = `loaded ${rows} rows${existing.action === 'Replace' ? ' in place of other content' : ''}`;
  log.info(message, { step: 'attach', rows, bytes });
  return { task: 'Load', outcome: 'Loaded', message, rows, bytes, streams, warnings, seconds: watch.seconds };
}

/** Under the lock, so that no other runner changes what is found. */
async function inspectLocked({ task, db, dat, log }: Omit<Load, 'plan'>): Promise<TableInspection> {
  const { ledgerSchema, schema } = task.target;
  await migrateLedger(db, ledgerSchema);
  await ensureSchema(db, schema);
  await lockStagingTable(db, stagingTable(ledgerSchema, versionTableOf(task)), () => {
    log.warn('another runner is loading this table, or one died and the server has not noticed yet: waiting for it', {
      step: 'plan',
    });
  });
  return await inspectTable(task, dat, db);
}

/** What exists is kept. The rows of a load of this very run are this run's; those of another run are not. */
function keepExisting(
  { log, watch }: Pick<Load, 'log' | 'watch'>,
  existing: Extract<ExistingTableAction, { action: 'Keep' }>,
  warnings: readonly string[],
): LoadResult {
  const { outcome, message } = existing;
  log.info(message, { step: 'plan' });
  const { rows, bytes, streams, seconds } =
    existing.outcome === 'Loaded' ? existing.load : { rows: 0, bytes: 0, streams: 0, seconds: watch.seconds };
  return { task: 'Load', outcome, message, rows, bytes, streams, warnings, seconds };
}

/** By the cheapest of COPY's formats; where a value turns out not to be for that one, from the start by the next. */
async function copyAndAttach(load: Load, inspection: TableInspection): Promise<CopyResult> {
  const { task, log, progress } = load;
  const [format, fallback] = inspection.copyFormats;
  try {
    return await loadAs(load, inspection, format);
  } catch (error) {
    if (!(error instanceof NotForBinary) || fallback === undefined) throw error;
    const message = `${error.message}: only PostgreSQL can interpret this value, so the whole table is copied as ${fallback}`;
    log.info(message, { step: 'copy' });
  }
  const dat = await DatFile.open(task, (bytes) => progress.read(bytes));
  try {
    return await loadAs({ ...load, dat }, inspection, fallback);
  } finally {
    await dat.close();
  }
}

async function loadAs(load: Load, inspection: TableInspection, format: CopyStatementFormat): Promise<CopyResult> {
  const loadId = randomUUID();
  const stepsWith = (indexes: readonly MotherIndex[]): LoadSteps =>
    planSteps(load.task, { ...inspection, indexes }, format, loadId);
  const steps = stepsWith(inspection.indexes);
  return await copyIntoStaging(load, steps, async (copied) => {
    await finishStaging(load, stepsWith);
    await attachVersionTable(load, steps, inspection.existing, copied);
  });
}
