import type { ConditionState } from './conditions.ts';
import type { Observed } from './observed.ts';
import { REASONS, type Reason } from './reasons.ts';
import { stalledProblem, type End, type RunState, type Work } from './run-state.ts';

export function conditionStates(run: RunState, end: End | undefined, work: Work): ConditionState[] {
  const { observed, catalogue } = run;
  const complete = end?.phase === 'Complete';
  const failed = end?.phase === 'Failed';
  const because = (holds: boolean, otherwise: Reason) =>
    holds && end !== undefined
      ? { reason: end.reason, message: end.message }
      : { reason: otherwise, message: REASONS[otherwise].text };
  return [
    catalogue.condition,
    suspended(observed),
    stalledCondition(run, end),
    progressing(observed, end, work),
    { type: 'Complete', status: complete ? 'True' : 'False', ...because(complete, failed ? 'Ended' : 'InProgress') },
    { type: 'Failed', status: failed ? 'True' : 'False', ...because(failed, complete ? 'NotFailed' : 'InProgress') },
    { type: 'Ready', status: complete ? 'True' : 'False', ...because(end !== undefined, 'InProgress') },
    reconciling(observed, end),
  ];
}

function suspended({ ingestion }: Observed): ConditionState {
  const { suspend } = ingestion.spec;
  if (suspend) {
    return {
      type: 'Suspended',
      status: 'True',
      reason: 'Suspended',
      message: 'no new Jobs are started until spec.suspend is false',
    };
  }
  return { type: 'Suspended', status: 'False', reason: 'NotSuspended', message: REASONS.NotSuspended.text };
}

/** True as well after a failed run: tools that show health take nothing else for a failure. https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
function stalledCondition(run: RunState, end: End | undefined): ConditionState {
  if (end?.phase === 'Failed') return { type: 'Stalled', status: 'True', reason: end.reason, message: end.message };
  const problem = end === undefined ? stalledProblem(run) : undefined;
  if (problem !== undefined) return { type: 'Stalled', status: 'True', ...problem };
  return { type: 'Stalled', status: 'False', reason: 'NotStalled', message: REASONS.NotStalled.text };
}

/** Its message does not change with the progress, which `Progressing` shows. */
function reconciling({ ingestion }: Observed, end: End | undefined): ConditionState {
  const state = (status: 'True' | 'False', reason: Reason): ConditionState => {
    return { type: 'Reconciling', status, reason, message: REASONS[reason].text };
  };
  if (end !== undefined) return state('False', 'Ended');
  return ingestion.spec.suspend ? state('False', 'Suspended') : state('True', 'InProgress');
}

function progressing({ ingestion }: Observed, end: End | undefined, work: Work): ConditionState {
  const state = (status: 'True' | 'False', reason: string, message: string): ConditionState => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (end !== undefined) return state('False', 'Ended', end.message);
  if (ingestion.metadata.deletionTimestamp !== undefined)
    return state('False', 'Deleting', 'running Jobs are stopped, loaded tables are kept');
  if (work.problem !== undefined && work.isStuck) return state('False', work.problem.reason, work.problem.message);
  if (ingestion.spec.suspend) return state('False', 'Suspended', 'no new Jobs are started until spec.suspend is false');
  return state('True', work.reason, work.message);
}
