import { counted } from '../../crds/contract/counted.ts';
import { describeFailure, TransientError, type Failure } from '../../crds/contract/errors.ts';
import { isShared } from '../../crds/contract/error-codes.ts';
import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { LoadResult } from '../../crds/contract/report.ts';
import { findCondition } from './conditions.ts';
import { failureOf } from './failure.ts';
import { maxParallelLoads, type ObservedIngestion, type ObservedJob, type ObservedTable } from './observed.ts';
import type { Reason } from './reasons.ts';

export type TablePhase = NonNullable<TableIngestionStatus['phase']>;

/** The state of a table; `status.ts` and `table-status.ts` build statuses from it. */
export interface TableDecision {
  readonly phase: TablePhase;
  readonly reason: string;
  readonly message: string;
  /** False if something prevents the load. */
  readonly progressing: boolean;
  readonly failure?: Failure;
  /** The result of its Job, if the decision is based on it. */
  readonly result?: LoadResult;
  /** The Job to delete so that the load is repeated. */
  readonly repeat?: ObservedJob;
}

export function isFinalPhase(phase: TablePhase | undefined): boolean {
  return phase === 'Loaded' || phase === 'AlreadyLoaded' || phase === 'Skipped' || phase === 'Failed';
}

/**
 * ```
 * decision Skip ─▶ Skipped          decision Fail ─▶ Failed          decision Keep ─▶ AlreadyLoaded
 * decision Load ─▶ Pending ──Job──▶ Running ─▶ Loaded | AlreadyLoaded | Skipped | Failed
 *                     ▲ no Job         │ Job deleted, or succeeded and its result lost (once), or failed as the run is stalled
 *                     └────────────────┘
 * ```
 * `isAlone`: it does not share a Job, since one that it shared has failed.
 * A final phase that a Job of this run produced (`credible.ts`) never changes, even if the Job is deleted, as Jobs are some time after their end.
 */
export function decideTable(
  table: ObservedTable,
  job: ObservedJob | undefined,
  ingestion: ObservedIngestion,
  isStalled = false,
  isAlone = false,
): TableDecision {
  const decision = nextState(table, job, ingestion, isStalled);
  if (isFinalPhase(decision.phase)) return decision;
  // Keeps the reason ResultLost until the next result arrives, so that a second loss is recognized.
  if (wasLost(table)) return { ...decision, reason: own('ResultLost') };
  return isAlone ? { ...decision, reason: own('BatchFailed') } : decision;
}

function nextState(
  table: ObservedTable,
  job: ObservedJob | undefined,
  ingestion: ObservedIngestion,
  isStalled: boolean,
): TableDecision {
  const { spec } = table;
  if (spec.decision === 'Skip')
    return { phase: 'Skipped', reason: spec.reason, message: spec.message, progressing: false };
  if (spec.decision === 'Keep') return kept(spec);
  if (spec.failure !== undefined) return failed(spec.failure, spec.message);
  if (job === undefined) return waiting(ingestion);
  if (job.deleting === true) return beingDeleted(job);
  switch (job.state) {
    case 'Pending':
      if (job.problem !== undefined) return pending(job.problem.reason, job.problem.message, false);
      return pending('Starting', 'the Job has not started yet', true);
    case 'Running':
      return running(job);
    case 'Succeeded':
      return succeeded(table, job);
    case 'Failed':
      return endOf(table, job, isStalled);
  }
}

/** As the table's own load would have found it. */
function kept({ reason, message, warnings = [] }: ObservedTable['spec']): TableDecision {
  const counts = { rows: 0, bytes: 0, streams: 0, seconds: {} };
  const result: LoadResult = { task: 'Load', outcome: 'AlreadyLoaded', message, warnings, ...counts };
  return { phase: 'AlreadyLoaded', reason, message, progressing: false, result };
}

function waiting({ spec }: ObservedIngestion): TableDecision {
  if (spec.suspend) return pending('Suspended', 'suspended; the table is loaded once spec.suspend is false', false);
  return pending('WaitingForSlot', waitingForSlot(spec), true);
}

function waitingForSlot(spec: ObservedIngestion['spec']): string {
  const slots = maxParallelLoads(spec);
  const field = slots === spec.loading.maxParallelJobs ? 'loading.maxParallelJobs' : 'source.database.maxParallelReads';
  return `waiting for ${slots === 1 ? 'the only slot' : `one of ${slots} slots`} (spec.${field})`;
}

/** Its successor waits for its pods. */
function beingDeleted({ problem }: ObservedJob): TableDecision {
  const isKept = problem?.reason === own('PodTerminating');
  return pending('Waiting', `the Job is being deleted${isKept ? `; ${problem.message}` : ''}`, !isKept);
}

function running(job: ObservedJob): TableDecision {
  const step = job.progress === undefined ? 'the runner has started' : `step ${job.progress.step}`;
  const attempt = job.attempts > 1 ? `, attempt ${job.attempts}` : '';
  const others = (job.tableNames?.length ?? 1) - 1;
  const shared = others === 0 ? '' : `; it loads ${counted(others, 'other table')} as well`;
  const problem = job.resultsProblem === undefined ? '' : `; ${job.resultsProblem.message}`;
  const message = `${step}${attempt}${shared}${problem}`;
  return { phase: 'Running', reason: own('Loading'), message, progressing: true };
}

function succeeded(table: ObservedTable, job: ObservedJob): TableDecision {
  const { result } = job;
  if (result?.task === 'Load' && result.outcome !== 'Failed') {
    const reason = own((result.rejects ?? 0) > 0 ? 'LoadedWithRejects' : result.outcome);
    const warnings = [...(table.spec.warnings ?? []), ...result.warnings];
    return {
      ...{ phase: result.outcome, reason, message: result.message, progressing: false },
      result: { ...result, warnings },
    };
  }
  if (wasLost(table)) {
    const message =
      'the Job succeeded twice and both results were lost; look the table up in the ledger with `motherload status`';
    const location = { table: table.spec.table, file: table.spec.dump.file };
    return failed(new TransientError('ResultLost', message, location).toFailure());
  }
  const message = "the Job's result was lost; running the Job once more, which takes the result from the ledger";
  return { ...pending('ResultLost', message, true), repeat: job };
}

/** A failure that stalls the run is not the table's end: its Job is repeated once loads start again. */
function endOf(table: ObservedTable, job: ObservedJob, isStalled: boolean): TableDecision {
  const failure = failureOf(job);
  if (!isShared(failure.code) || !(isStalled || hasReason(table, 'Stalled'))) return failed(failure);
  const decision = pending('Stalled', describeFailure(failure), false);
  return isStalled ? decision : { ...decision, repeat: job };
}

function failed(failure: Failure, message = describeFailure(failure)): TableDecision {
  return { phase: 'Failed', reason: failure.code, message, progressing: false, failure };
}

function pending(reason: string, message: string, progressing: boolean): TableDecision {
  return { phase: 'Pending', reason, message, progressing };
}

function wasLost(table: ObservedTable): boolean {
  return hasReason(table, 'ResultLost');
}

function hasReason({ status }: ObservedTable, reason: Reason): boolean {
  return findCondition(status.conditions, 'Progressing')?.reason === reason;
}

function own(reason: Reason): Reason {
  return reason;
}
