import { ManifestError, shorten, TransientError } from '../../crds/contract/errors.ts';
import { withLockRetry } from '../database/lock.ts';
import { hasSqlState, SQL_STATES, sqlStateOf } from '../database/sql-state.ts';
import { explainDrop } from '../database/version-tables.ts';
import { locationOf } from '../dump/table-location.ts';
import type { MotherIndex } from '../plan/index-statements.ts';
import type { KeptChecksum } from '../plan/checksum.ts';
import { recordParameters } from '../plan/ledger-statements.ts';
import type { LoadStep, LoadSteps } from '../plan/load-steps.ts';
import { mayReject } from '../plan/reject-limits.ts';
import type { ExistingTableAction } from './existing-table.ts';
import { inspectIndexes } from './inspect-table.ts';
import type { Load } from './load.ts';
import { isStillLoaded } from './replaced-table.ts';
import { RecordRefused, type CopyResult } from './copy-file.ts';

/**
 * Indexes and statistics, in the transaction that attaches the table. The mother's indexes were read before COPY, hours ago perhaps, so they
 * are read again and the steps are planned again. Those that are `done` are left out; returns all that are done then.
 */
export async function finishStaging(
  load: Load,
  stepsWith: (indexes: readonly MotherIndex[]) => LoadSteps,
  done: readonly LoadStep[],
): Promise<readonly LoadStep[]> {
  const { db, plan, task, watch, progress } = load;
  progress.enter('index');
  return await watch.time('index', async () => {
    const { finish } = stepsWith(await inspectIndexes(db, task, plan));
    const isDone = ({ sql }: LoadStep) => done.some((step) => step.sql === sql);
    for (const step of finish) if (!isDone(step)) await runStep(load, step);
    return finish;
  });
}

/**
 * The end of a load, in the transaction that commits it: the staging table becomes the version table, below its mother, in place of the one that
 * existed, and the ledger gets its row. Readers see all of that at once or nothing.
 */
export async function attachVersionTable(
  load: Load,
  { attach, ledger }: LoadSteps,
  existing: ExistingTableAction,
  { rows, records, streams, content }: CopyResult,
  checksum: KeptChecksum,
): Promise<void> {
  const { db, watch, progress } = load;
  progress.enter('attach');
  await watch.time('attach', () =>
    withLockRetry(db, async () => {
      for (const step of attach) {
        if (existing.action === 'Replace' && step.does === 'Replace' && !(await isStillLoaded(load, existing.loadId)))
          continue;
        await runStep(load, step);
      }
    }),
  );
  const counts = { rows, rejects: records - rows, records, streams };
  for (const statement of ledger.forget) await db.query(statement);
  await db.query(ledger.record, [
    ...recordParameters({ ...counts, ...content, checksum, seconds: watch.seconds }, load.plan.dumpColumns),
  ]);
}

export async function runStep(load: Load, step: LoadStep): Promise<void> {
  try {
    await load.db.query(step.sql);
  } catch (error) {
    throw explain(load, step, error);
  }
}

/** What an error of PostgreSQL means in this step. */
function explain({ plan, task }: Load, { does, sql }: LoadStep, error: unknown): unknown {
  const { message: said } = error as Error;
  const isTooLong = does === 'Index' && hasSqlState(error, SQL_STATES.programLimitExceeded);
  const isRefused = isTooLong || /^23/.test(sqlStateOf(error) ?? '');
  // A record that may be left out is to blame, and only COPY into a table with its indexes says which.
  if (does === 'Index' && mayReject(task.rejects) && isRefused) return new RecordRefused(said, { cause: error });
  if (isTooLong) {
    const message = `a value is too long for an index (${said}; ${shorten(sql)}): drop this index of the mother table, make it one of a hash such as md5(column), or set spec.motherTables.indexes to None`;
    return new ManifestError(`Sql${SQL_STATES.programLimitExceeded}`, message, locationOf(task), { cause: error });
  }
  if (does === 'Replace') return explainDrop(error, [plan.versionTable]);
  // ALTER TABLE … INHERIT refuses a table that lacks a column or constraint of the mother.
  if (does === 'Inherit' && hasSqlState(error, SQL_STATES.datatypeMismatch)) {
    const message = `the mother table ${plan.mother?.name ?? ''} was changed during the load (${said}): the table is loaded again`;
    return new TransientError('MotherChanged', message, locationOf(task), { cause: error });
  }
  return error;
}
