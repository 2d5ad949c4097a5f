import type { Log } from '../../crds/contract/log.ts';
import type { LoadResult, ProgressReport } from '../../crds/contract/report.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { recordFoundLoaded } from '../database/archived-dumps.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { ensureSchema, migrateLedger } from '../database/ledger.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { lockStagingTable } from '../database/staging-table.ts';
import { openTable } from '../dump/open-table.ts';
import { locationOf } from '../dump/table-location.ts';
import { stagingTable } from '../plan/staging-table.ts';
import { Stopwatch } from '../stopwatch.ts';
import { recordFailure } from './failed-load.ts';
import { copyAndAttach } from './copy-attempts.ts';
import { alreadyLoaded, leftOut, nothingButRejects, SameContent, type ExistingTableAction } from './existing-table.ts';
import { inspectTable, versionTableOf, type TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { LoadProgress } from './progress.ts';
import type { LoadedTable } from './staged-table.ts';

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
  return await loadTableWith(task, databaseUri, log, new LoadProgress(task.table.dat?.compressedBytes ?? 0, report));
}

export async function loadTableWith(
  task: LoadTask,
  databaseUri: string,
  log: Log,
  progress: LoadProgress,
): Promise<LoadResult> {
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
  const dat = await openTable(load.task, (bytes) => load.progress.read(bytes));
  try {
    return await loadOpened({ ...load, db, dat });
  } finally {
    await dat.close();
  }
}

async function loadOpened(opened: Omit<Load, 'plan'>): Promise<LoadResult> {
  const { task, db, log, watch, progress } = opened;
  progress.enter('plan');
  const { ledgerSchema, schema } = task.target;
  const inspection = await watch.time('plan', async () => {
    await migrateLedger(db, ledgerSchema);
    await ensureSchema(db, schema);
    return await inspectLocked(opened);
  });
  const { existing, plan } = inspection;
  for (const warning of plan.warnings) log.warn(warning, { step: 'plan' });
  if (existing.action === 'Keep') return await keepExisting(opened, existing, plan.warnings);
  const copied = await copyUnlessSame({ ...opened, plan }, inspection);
  if (copied instanceof SameContent) return await keepExisting(opened, alreadyLoaded(copied.load), plan.warnings);
  return resultOf({ ...opened, plan }, inspection, copied);
}

/** What became of a table that was copied. */
export function resultOf(
  { log, watch, plan }: Pick<Load, 'log' | 'watch' | 'plan'>,
  { existing }: TableInspection,
  copied: LoadedTable,
): LoadResult {
  const { rows, bytes, streams, rejects, firstRejects } = copied;
  const found = [...nothingButRejects(copied), ...copied.warnings];
  for (const warning of found) log.warn(warning, { step: 'copy' });
  // What concerns the values comes first: a result that is too long loses its last warnings.
  const warnings = [...found, ...plan.warnings];
  const replaced = existing.action === 'Replace' ? ' in place of other content' : '';
  const message = `loaded ${rows} rows${replaced}${leftOut({ rejects })}`;
  log.info(message, { step: 'attach', rows, bytes, rejects });
  const outcome = { outcome: 'Loaded', message, rows, bytes, streams, rejects, firstRejects } as const;
  return { task: 'Load', ...outcome, warnings, seconds: watch.seconds };
}

async function copyUnlessSame(load: Load, inspection: TableInspection): Promise<LoadedTable | SameContent> {
  try {
    return await copyAndAttach(load, inspection);
  } catch (error) {
    if (error instanceof SameContent) return error;
    throw error;
  }
}

/** Under the lock, so that no other runner changes what is found. */
export async function inspectLocked({ task, db, dat, log }: Omit<Load, 'plan'>): Promise<TableInspection> {
  const { ledgerSchema } = task.target;
  await lockStagingTable(db, stagingTable(ledgerSchema, versionTableOf(task)), () => {
    log.warn('another runner is loading this table, or one died and the server has not noticed yet: waiting for it', {
      step: 'plan',
    });
  });
  return await inspectTable(task, dat, db);
}

/**
 * What exists is kept. The rows of a load of this very run are this run's; those of another run are not, and the archive of the dump must know of
 * them that nothing is missing.
 */
export async function keepExisting(
  { db, task, log, watch }: Pick<Load, 'db' | 'task' | 'log' | 'watch'>,
  existing: Extract<ExistingTableAction, { action: 'Keep' }>,
  warnings: readonly string[],
): Promise<LoadResult> {
  const { outcome, message } = existing;
  const { target, ingestion, table, archive } = task;
  if (archive !== undefined && outcome === 'AlreadyLoaded')
    await recordFoundLoaded(db, target.ledgerSchema, ingestion, table.dump.file, table.versionTable ?? '');
  log.info(message, { step: 'plan' });
  const { rows, bytes, streams, seconds } =
    existing.outcome === 'Loaded' ? existing.load : { rows: 0, bytes: 0, streams: 0, seconds: watch.seconds };
  const isLoaded = existing.outcome !== 'Skipped';
  return {
    ...{ task: 'Load', outcome, message, rows, bytes, streams, seconds, firstRejects: [] },
    rejects: isLoaded ? existing.load.rejects : 0,
    warnings: [...(isLoaded ? nothingButRejects(existing.load) : []), ...warnings],
  };
}
