import { randomUUID } from 'node:crypto';
import type { RejectSummary } from '../../crds/contract/report.ts';
import { storableText } from '../database/storable-text.ts';
import { locationOf } from '../dump/table-location.ts';
import type { KeptChecksum } from '../plan/checksum.ts';
import type { MotherIndex } from '../plan/index-statements.ts';
import { indexesBeforeCopy, type LoadStep, type LoadSteps } from '../plan/load-steps.ts';
import { mayReject } from '../plan/reject-limits.ts';
import { attachVersionTable, finishStaging } from './attach.ts';
import type { CopyResult } from './copy-file.ts';
import { planSteps, type CopyAttempt, type TableInspection } from './inspect-table.ts';
import { beginRowChecksum, checksumOf } from './load-checksum.ts';
import type { Load } from './load.ts';
import { LoadRejects } from './load-rejects.ts';

export interface LoadedTable extends CopyResult {
  readonly rejects: number;
  readonly firstRejects: readonly RejectSummary[];
}

/** One attempt at a table: its statements, and what is gathered on the way. */
export interface BegunLoad {
  readonly load: Load;
  readonly inspection: TableInspection;
  readonly stepsWith: (indexes: readonly MotherIndex[]) => LoadSteps;
  readonly steps: LoadSteps;
  readonly rejects: LoadRejects | undefined;
}

/** A table that is complete but for its place, in a transaction that has not ended. */
export interface StagedTable extends BegunLoad {
  readonly copied: CopyResult;
  readonly checksum: KeptChecksum;
  /** Those of `finish` that were run. */
  readonly done: readonly LoadStep[];
}

/** Its `rowChecksum` is to be released. */
export async function beginLoad(attempt: CopyAttempt, load: Load, inspection: TableInspection): Promise<BegunLoad> {
  const loadId = randomUUID();
  const stepsWith = (indexes: readonly MotherIndex[]): LoadSteps =>
    planSteps(load.task, { ...inspection, indexes }, attempt, loadId);
  const steps = stepsWith(inspection.indexes);
  const rejects = await rejectsOf(load, loadId, attempt.isBatched);
  const rowChecksum = await beginRowChecksum(load.db, inspection.plan, attempt.format);
  return { load: { ...load, rowChecksum }, inspection, stepsWith, steps, rejects };
}

/** What follows COPY. */
export async function finishTable(begun: BegunLoad, copied: CopyResult): Promise<StagedTable> {
  const { load, steps, stepsWith } = begun;
  const done = await finishStaging(load, stepsWith, indexesBeforeCopy(steps));
  return { ...begun, copied, done, checksum: await checksumOf(load, steps.staging, copied.rows) };
}

export async function attachTable({ load, inspection, steps, rejects, copied, checksum }: StagedTable): Promise<void> {
  await attachVersionTable(load, steps, inspection.existing, copied, checksum);
  await rejects?.keepFileFrame(load.db, load.dat.header, load.plan.format.recordTerminator);
}

export function loadedTable({ rejects }: BegunLoad, copied: CopyResult): LoadedTable {
  return { ...copied, rejects: copied.records - copied.rows, firstRejects: rejects?.summaries ?? [] };
}

/** Undefined where no record may be left out; in batches the first one is the error then, with its place. */
export async function rejectsOf(
  { task, plan, db }: Load,
  loadId: string,
  isBatched: boolean,
): Promise<LoadRejects | undefined> {
  if (!isBatched && !mayReject(task.rejects)) return undefined;
  const storable = await storableText(db);
  const context = { location: locationOf(task), records: task.records ?? 'Hidden', format: plan.format, storable };
  return new LoadRejects(task.rejects ?? {}, context, task.target.ledgerSchema, loadId);
}
