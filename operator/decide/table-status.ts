import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { LoadResult, Progress, RejectSummary, Timings } from '../../crds/contract/report.ts';
import { boundedMessage, setConditions, type ConditionState } from './conditions.ts';
import { countOf, megabytesPerSecond, percentOf, perSecond } from './measures.ts';
import type { ObservedJob, ObservedTable } from './observed.ts';
import { REASONS, type Reason } from './reasons.ts';
import { isFinalPhase, type TableDecision } from './table.ts';

/** The status that follows from a decision; conditions that do not change keep their times. */
export function tableStatus(
  table: ObservedTable,
  decision: TableDecision,
  job: ObservedJob | undefined,
  now: Date,
): TableIngestionStatus {
  const final = isFinalPhase(decision.phase);
  const startTime = job?.startTime ?? table.status.startTime;
  return {
    observedGeneration: table.generation,
    phase: decision.phase,
    message: boundedMessage(decision.message),
    conditions: setConditions(table.status.conditions, conditionStates(decision), table.generation, now),
    ...(job === undefined ? {} : { jobName: job.name, attempts: job.attempts }),
    ...(decision.phase === 'Running' && job?.progress !== undefined ? ofProgress(job.progress) : {}),
    ...(decision.result === undefined ? {} : ofResult(decision.result)),
    ...(decision.failure === undefined ? {} : { failure: decision.failure }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(final ? { completionTime: job?.completionTime ?? now.toISOString() } : {}),
  };
}

function conditionStates({ phase, reason, message, progressing }: TableDecision): ConditionState[] {
  const failed = phase === 'Failed';
  const complete = isFinalPhase(phase) && !failed;
  const because = (holds: boolean, otherwise: Reason) =>
    holds ? { reason, message } : { reason: otherwise, message: REASONS[otherwise].text };
  const status = (holds: boolean) => (holds ? 'True' : 'False');
  return [
    { type: 'Progressing', status: status(progressing), ...because(!complete && !failed, 'Ended') },
    { type: 'Complete', status: status(complete), ...because(complete, failed ? 'TableFailed' : 'InProgress') },
    { type: 'Failed', status: status(failed), ...because(failed, complete ? 'NotFailed' : 'InProgress') },
  ];
}

function ofProgress(progress: Progress): Partial<TableIngestionStatus> {
  const { rows, bytes, compressedBytes, totalCompressedBytes, seconds } = progress;
  const left =
    compressedBytes > 0
      ? countOf(Math.ceil(((totalCompressedBytes - compressedBytes) / compressedBytes) * seconds))
      : undefined;
  return {
    rows,
    bytes,
    percent: percentOf(compressedBytes, totalCompressedBytes),
    ...rates(bytes, rows, seconds),
    ...(left === undefined ? {} : { secondsLeft: left }),
  };
}

function ofResult(result: LoadResult): Partial<TableIngestionStatus> {
  return {
    rows: result.rows,
    bytes: result.bytes,
    ...(result.outcome === 'Skipped' ? {} : { percent: 100 }),
    ...(result.outcome === 'Loaded'
      ? { streams: result.streams, ...rates(result.bytes, result.rows, copySeconds(result.seconds)) }
      : {}),
    seconds: { ...result.seconds },
    ...(result.rejects === undefined || result.rejects === 0 ? {} : { rejects: countOf(result.rejects) }),
    ...(result.firstRejects === undefined || result.firstRejects.length === 0
      ? {}
      : { firstRejects: result.firstRejects.slice(0, 3).map(describeReject) }),
    ...(result.warnings.length > 0 ? { warnings: result.warnings.slice(0, 10) } : {}),
  };
}

function describeReject({ line, column, code, reason }: RejectSummary): string {
  return boundedMessage(`line ${line}${column === undefined ? '' : `, column ${column}`}: ${reason} (${code})`);
}

function rates(bytes: number, rows: number, seconds: number): Partial<TableIngestionStatus> {
  return seconds > 0
    ? { megabytesPerSecond: megabytesPerSecond(bytes, seconds), rowsPerSecond: perSecond(rows, seconds) }
    : {};
}

function copySeconds(seconds: Timings): number {
  return seconds['copy'] ?? 0;
}
