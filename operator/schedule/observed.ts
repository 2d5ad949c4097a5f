import type { ScheduledDumpIngestionSpec, ScheduledDumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { Problem, ResourceVersion } from '../decide/observed.ts';
import type { Moment } from './time-zone.ts';

/** Everything that a decision about one ScheduledDumpIngestion is based on, as plain data. */
export interface ObservedSchedule {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly resourceVersion?: ResourceVersion;
    readonly deletionTimestamp?: string;
  };
  /** Without the template, which no decision needs. */
  readonly spec: ScheduleSpec;
  readonly status: ScheduledDumpIngestionStatus;
  /** The DumpIngestions that this schedule has created. */
  readonly runs: readonly ObservedRun[];
  /** Why the run that is due could not be created. */
  readonly problem?: Problem;
}

export type ScheduleSpec = Omit<ScheduledDumpIngestionSpec, 'ingestionTemplate'>;

export interface ObservedRun {
  readonly name: string;
  /** When it was due. */
  readonly moment: Moment;
  readonly creationTimestamp: string;
  /** Undefined while it has not ended. */
  readonly outcome?: 'Complete' | 'Failed';
  readonly completionTime?: string;
  readonly message?: string;
  /** It is being deleted: its Jobs may still run. */
  readonly deleting?: boolean;
}
