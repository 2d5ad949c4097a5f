import { DataError } from '../../crds/contract/errors.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { LoadResult, ProgressReport } from '../../crds/contract/report.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { ensureSchema, findLoad, migrateLedger } from '../database/ledger.ts';
import { stagingTable, lockStagingTable } from '../database/staging-table.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { findRelation, isLoadedTable, notOurs } from '../database/version-tables.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { attachVersionTable } from './attach.ts';
import { DatFile, locationOf } from '../dump/dat-file.ts';
import { classifyExisting, placementOf, type ExistingTableAction } from './existing-table.ts';
import { copyIntoStaging } from './staging.ts';
import { planLoad } from './plan-load.ts';
import type { Load } from './load.ts';
import { LoadProgress } from './progress.ts';

/**
 * Loads one table exactly once: lock, ask the ledger, fill a table that stands alone, check, attach it and write the ledger in one
 * transaction. A crash before that commit leaves nothing that a reader sees; after it the next attempt finds the ledger.
 */
export async function loadTable(
  task: LoadTask,
  databaseUri: string,
  log: Log,
  report: (report: ProgressReport) => void,
): Promise<LoadResult> {
  const location = locationOf(task);
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
    throw toMotherloadError(error, location);
  }
}

async function loadOpened(opened: Omit<Load, 'plan'>): Promise<LoadResult> {
  const { task, db, log, watch, progress } = opened;
  const name = versionTableOf(task);
  progress.enter('plan');
  const { plan, verdict } = await watch.time('plan', async () => {
    await migrateLedger(db, task.target.ledgerSchema);
    await ensureSchema(db, task.target.schema);
    await lockStagingTable(db, stagingTable(task.target.ledgerSchema, { schema: task.target.schema, name }), () => {
      log.warn('another runner is loading this table, or one that died has not been noticed yet: waiting for it', {
        step: 'plan',
      });
    });
    const made = await planLoad(db, task, opened.dat, name);
    return { plan: made, verdict: await judge(db, task, made) };
  });
  for (const warning of plan.warnings) log.warn(warning, { step: 'plan' });
  if (verdict.action === 'Keep') return await kept(opened, plan, verdict);
  const load: Load = { ...opened, plan };
  const filled = await copyIntoStaging(load, async (outcome) => {
    await attachVersionTable(load, outcome, verdict);
  });
  const message = `loaded ${filled.rows} rows${verdict.action === 'Replace' ? ' in place of other content' : ''}`;
  log.info(message, { step: 'attach', rows: filled.rows, bytes: filled.bytes });
  return { task: 'Load', outcome: 'Loaded', message, ...filled, warnings: plan.warnings, seconds: watch.seconds };
}

async function judge(db: Database, task: LoadTask, plan: TablePlan): Promise<ExistingTableAction> {
  const { schema, name } = plan.versionTable;
  const relation = await findRelation(db, schema, name);
  if (relation === undefined) return { action: 'Load' };
  const load = await findLoad(db, task.target.ledgerSchema, schema, name);
  if (!isLoadedTable(relation, load)) throw notOurs(schema, name);
  const { crc32 = '', bytes = 0 } = task.table.dat ?? {};
  const content = { crc32, bytes, planDigest: plan.digest };
  return classifyExisting(
    load,
    content,
    placementOf(relation, plan),
    task.ingestion.run,
    task.loading.onExisting,
    locationOf(task),
  );
}

/** What is there stays. The rows of a load of this very run are this run's; those of another run are not. */
async function kept(
  { db, task, log, watch }: Omit<Load, 'plan'>,
  plan: TablePlan,
  verdict: Extract<ExistingTableAction, { action: 'Keep' }>,
): Promise<LoadResult> {
  const { outcome, message } = verdict;
  const load = await findLoad(db, task.target.ledgerSchema, plan.versionTable.schema, plan.versionTable.name);
  log.info(message, { step: 'plan' });
  const isThisRuns = outcome === 'Loaded' && load !== undefined;
  const loaded = isThisRuns
    ? { rows: load.rows, bytes: load.bytes, streams: load.streams }
    : { rows: 0, bytes: 0, streams: 0 };
  return {
    task: 'Load',
    outcome,
    message,
    ...loaded,
    warnings: plan.warnings,
    seconds: isThisRuns ? load.seconds : watch.seconds,
  };
}

function versionTableOf(task: LoadTask): string {
  const { versionTable } = task.table;
  if (versionTable !== undefined) return versionTable;
  throw new DataError(
    'NoVersionTable',
    'the catalogue gave this table no version table: run the ingestion again',
    locationOf(task),
  );
}
