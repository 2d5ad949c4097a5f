import type { ScheduledDumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { EmitEvent } from '../decide/action.ts';
import type { Moment } from './time-zone.ts';

/**
 * All that the operator does on behalf of one ScheduledDumpIngestion. Each action is idempotent: a run has its name from the moment when it is
 * due, so it is created once however often that is tried. A status is written before runs are deleted, since it keeps what is known of them.
 */
export type ScheduleAction = CreateRun | DeleteRun | WriteScheduleStatus | EmitEvent;

export interface CreateRun {
  readonly type: 'CreateRun';
  readonly name: string;
  readonly moment: Moment;
}

export interface DeleteRun {
  readonly type: 'DeleteRun';
  readonly name: string;
  /** Replaced: its Jobs are to end before it is gone. History: it has ended. */
  readonly because: 'Replaced' | 'History';
}

export interface WriteScheduleStatus {
  readonly type: 'WriteScheduleStatus';
  readonly status: ScheduledDumpIngestionStatus;
}

export interface ScheduleDecision {
  readonly actions: readonly ScheduleAction[];
  /** Reconcile again after this many seconds even without a change. */
  readonly requeueAfterSeconds?: number;
}
