import type { Log } from '../../crds/contract/log.ts';
import type { LoadResult, ProgressReport } from '../../crds/contract/report.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { ensureSchema, migrateLedger } from '../database/ledger.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { lockStagingTable } from '../database/staging-table.ts';
import { DatFile, locationOf } from '../dump/dat-file.ts';
import { stagingTable } from '../plan/staging-table.ts';
import { Stopwatch } from '../stopwatch.ts';
import { recordFailure } from './failed-load.ts';
import { copyAndAttach } from './copy-attempts.ts';
import { leftOut, type ExistingTableAction } from './existing-table.ts';
import { inspectTable, versionTableOf, type TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { LoadProgress } from './progress.ts';

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
      try {
        return await loadWith(db, { task, databaseUri, log, progress, watch: new Stopwatch() });
      } catch (error) {
        await recordFailure(db, task, error);
        throw error;
      }
    });
  } catch (error) {
    throw toMotherloadError(error, locationOf(task));
  }
}

async function loadWith(db: Database, load: Omit<Load, 'plan' | 'db' | 'dat'>): Promise<LoadResult> {
  const dat = await DatFile.open(load.task, (bytes) => load.progress.read(bytes));
  try {
    return await loadOpened({ ...load, db, dat });
  } finally {
    await dat.close();
  }
}

async function loadOpened(opened: Omit<Load, 'plan'>): Promise<LoadResult> {
  const { log, watch, progress } = opened;
  progress.enter('plan');
  const inspection = await watch.time('plan', () => inspectLocked(opened));
  const { existing, plan } = inspection;
  for (const warning of plan.warnings) log.warn(warning, { step: 'plan' });
  if (existing.action === 'Keep') return keepExisting(opened, existing, plan.warnings);
  const copied = await copyAndAttach({ ...opened, plan }, inspection);
  const { rows, bytes, streams, warnings: found, rejects, firstRejects } = copied;
  for (const warning of found) log.warn(warning, { step: 'copy' });
  // What concerns the values comes first: a result that is too long loses its last warnings.
  const warnings = [...found, ...plan.warnings];
  const replaced = existing.action === 'Replace' ? ' in place of other content' : '';
  const message = `loaded ${rows} rows${replaced}${leftOut({ rejects })}`;
  log.info(message, { step: 'attach', rows, bytes, rejects });
  const outcome = { outcome: 'Loaded', message, rows, bytes, streams, rejects, firstRejects } as const;
  return { task: 'Load', ...outcome, warnings, seconds: watch.seconds };
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
  const { rejects } = existing.outcome === 'Skipped' ? { rejects: 0 } : existing.load;
  return { task: 'Load', outcome, message, rows, bytes, streams, rejects, firstRejects: [], warnings, seconds };
}
