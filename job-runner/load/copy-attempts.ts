import { randomUUID } from 'node:crypto';
import { NotForBinary } from '../copy/doubtful-values.ts';
import { headerLines } from '../copy/offending-record.ts';
import type { RejectSummary } from '../../crds/contract/report.ts';
import { DatFile, locationOf } from '../dump/dat-file.ts';
import type { MotherIndex } from '../plan/index-statements.ts';
import { indexesBeforeCopy, type LoadSteps } from '../plan/load-steps.ts';
import { mayReject } from '../plan/reject-limits.ts';
import { attachVersionTable, finishStaging } from './attach.ts';
import { beginRowChecksum, checksumOf } from './load-checksum.ts';
import { RecordRefused, type CopyResult } from './copy-file.ts';
import { planSteps, type CopyAttempt, type TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { LoadRejects } from './load-rejects.ts';
import { copyIntoStaging } from './staging.ts';

export interface LoadedTable extends CopyResult {
  readonly rejects: number;
  readonly firstRejects: readonly RejectSummary[];
}

/**
 * By the cheapest of COPY's formats. Where a value turns out not to be for that one, from the start by the next; where PostgreSQL refuses a record
 * that may be left out, from the start in batches.
 */
export async function copyAndAttach(load: Load, inspection: TableInspection): Promise<LoadedTable> {
  return await inAttempts(load, inspection, (attempt, opened) => loadBy(attempt, opened, inspection));
}

/** Does the work by one attempt after the other, each with the DAT file from its start. */
export async function inAttempts<Result>(
  load: Load,
  inspection: TableInspection,
  work: (attempt: CopyAttempt, load: Load) => Promise<Result>,
): Promise<Result> {
  const { task, log, progress } = load;
  let attempt: CopyAttempt | undefined = { format: inspection.copyFormats[0], isBatched: false };
  let { dat } = load;
  for (;;) {
    try {
      return await work(attempt, { ...load, dat });
    } catch (error) {
      const next = nextAttempt(error, attempt, inspection);
      if (next === undefined) throw error instanceof RecordRefused ? error.cause : error;
      log.info(next.why, { step: 'copy' });
      attempt = next.attempt;
    } finally {
      if (dat !== load.dat) await dat.close();
    }
    dat = await DatFile.open(task, (bytes) => progress.read(bytes));
  }
}

function nextAttempt(
  error: unknown,
  { isBatched }: CopyAttempt,
  { copyFormats }: TableInspection,
): { readonly attempt: CopyAttempt; readonly why: string } | undefined {
  const [, fallback] = copyFormats;
  if (error instanceof NotForBinary && fallback !== undefined) {
    const why = `${error.message}: only PostgreSQL can interpret this value, so the whole table is copied as ${fallback}`;
    return { attempt: { format: fallback, isBatched: false }, why };
  }
  if (!(error instanceof RecordRefused) || isBatched) return undefined;
  const why =
    'PostgreSQL refuses a record, so the whole table is copied again in batches, without the records that it refuses';
  return { attempt: { format: 'text', isBatched: true }, why };
}

async function loadBy(attempt: CopyAttempt, load: Load, inspection: TableInspection): Promise<LoadedTable> {
  const loadId = randomUUID();
  const stepsWith = (indexes: readonly MotherIndex[]): LoadSteps =>
    planSteps(load.task, { ...inspection, indexes }, attempt, loadId);
  const steps = stepsWith(inspection.indexes);
  const rejects = rejectsOf(load, loadId);
  const rowChecksum = await beginRowChecksum(load.db, inspection.plan, attempt.format);
  try {
    const copied = await copyIntoStaging({ ...load, rowChecksum }, steps, rejects, async (result) => {
      await finishStaging(load, stepsWith, indexesBeforeCopy(steps));
      const checksum = await checksumOf({ ...load, rowChecksum }, steps.staging, result.rows);
      await attachVersionTable(load, steps, inspection.existing, result, checksum);
      await rejects?.keepFileFrame(load.db, load.dat.header, load.plan.format.recordTerminator);
    });
    return { ...copied, rejects: copied.records - copied.rows, firstRejects: rejects?.summaries ?? [] };
  } finally {
    rowChecksum?.release();
  }
}

/** Undefined where no record may be left out. */
export function rejectsOf({ task, dat }: Load, loadId: string): LoadRejects | undefined {
  if (!mayReject(task.rejects)) return undefined;
  const place = {
    headerLines: headerLines(dat.format),
    bytesBefore: () => dat.bytesBefore,
    location: locationOf(task),
    records: task.records ?? 'Hidden',
  };
  return new LoadRejects(task.rejects ?? {}, place, task.target.ledgerSchema, loadId);
}
