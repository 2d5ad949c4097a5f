import { describeFailure, TransientError, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { LoadResult } from '../../crds/contract/report.ts';
import { findCondition } from './conditions.ts';
import { failureOf } from './failure.ts';
import type { ObservedIngestion, ObservedJob, ObservedTable } from './observed.ts';
import type { Reason } from './reasons.ts';

export type TablePhase = NonNullable<TableIngestionStatus['phase']>;

/** Where a table stands; `status.ts` and `table-status.ts` turn it into words and numbers. */
export interface TableDecision {
  readonly phase: TablePhase;
  readonly reason: string;
  readonly message: string;
  /** Whether it is on its way: false where something keeps it waiting. */
  readonly progressing: boolean;
  readonly failure?: Failure;
  /** What its Job reported, where the Job is the source of this turn. */
  readonly result?: LoadResult;
  /** The Job to delete so that the table is loaded again. */
  readonly repeat?: ObservedJob;
}

export function isFinalPhase(phase: TablePhase | undefined): boolean {
  return phase === 'Loaded' || phase === 'AlreadyLoaded' || phase === 'Skipped' || phase === 'Failed';
}

/**
 * ```
 * decision Skip ─▶ Skipped          decision Fail ─▶ Failed
 * decision Load ─▶ Pending ──Job──▶ Running ─▶ Loaded | AlreadyLoaded | Skipped | Failed
 *                     ▲ no Job         │ Job gone, or succeeded and its result lost (once)
 *                     └────────────────┘
 * ```
 * A final phase never changes, whatever becomes of the Job: Jobs are deleted some time after their end.
 */
export function decideTable(
  table: ObservedTable,
  job: ObservedJob | undefined,
  ingestion: ObservedIngestion,
): TableDecision {
  const turn = nextTurn(table, job, ingestion);
  // That a result was lost once must not be forgotten before the next one is there.
  return wasLost(table) && !isFinalPhase(turn.phase) ? { ...turn, reason: own('ResultLost') } : turn;
}

function nextTurn(table: ObservedTable, job: ObservedJob | undefined, ingestion: ObservedIngestion): TableDecision {
  const { spec } = table;
  if (spec.decision === 'Skip')
    return { phase: 'Skipped', reason: spec.reason, message: spec.message, progressing: false };
  if (spec.failure !== undefined) return failed(spec.failure, spec.message);
  if (job === undefined) return waiting(ingestion);
  if (job.deleting === true) return pending('Waiting', 'its Job is being deleted', true);
  switch (job.state) {
    case 'Pending':
      if (job.problem !== undefined) return pending(job.problem.reason, job.problem.message, false);
      return pending('Starting', 'its Job is about to start', true);
    case 'Running':
      return running(job);
    case 'Succeeded':
      return succeeded(table, job);
    case 'Failed':
      return failed(failureOf(job));
  }
}

function waiting({ spec }: ObservedIngestion): TableDecision {
  if (spec.suspend) return pending('Suspended', 'suspended; it is loaded when spec.suspend is false again', false);
  return pending('WaitingForSlot', waitingForSlot(spec.loading.maxParallelJobs), true);
}

function waitingForSlot(slots: number): string {
  const loads = slots === 1 ? 'the one load' : `one of the ${slots} loads`;
  return `waits for ${loads} that may run at once (spec.loading.maxParallelJobs)`;
}

function running(job: ObservedJob): TableDecision {
  const step = job.progress === undefined ? 'the runner has started' : `step ${job.progress.step}`;
  const attempt = job.attempts > 1 ? `, attempt ${job.attempts}` : '';
  return { phase: 'Running', reason: own('Loading'), message: `${step}${attempt}`, progressing: true };
}

function succeeded(table: ObservedTable, job: ObservedJob): TableDecision {
  const { result } = job;
  if (result?.task === 'Load' && result.outcome !== 'Failed') {
    return { phase: result.outcome, reason: own(result.outcome), message: result.message, progressing: false, result };
  }
  if (wasLost(table)) {
    const message =
      'its Job succeeded twice and both results were lost; `motherload status` shows what the ledger knows of it';
    const location = { table: table.spec.table, file: table.spec.dump.file };
    return failed(new TransientError('ResultLost', message, location).toFailure());
  }
  const message = "its Job's result was lost; it is run once more, the ledger knows the result";
  return { ...pending('ResultLost', message, true), repeat: job };
}

function failed(failure: Failure, message = describeFailure(failure)): TableDecision {
  return { phase: 'Failed', reason: failure.code, message, progressing: false, failure };
}

function pending(reason: string, message: string, progressing: boolean): TableDecision {
  return { phase: 'Pending', reason, message, progressing };
}

function wasLost(table: ObservedTable): boolean {
  return findCondition(table.status.conditions, 'Progressing')?.reason === own('ResultLost');
}

function own(reason: Reason): Reason {
  return reason;
}
