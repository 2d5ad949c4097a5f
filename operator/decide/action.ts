import type { DumpIngestionStatus, TableIngestionSpec, TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { ResourceVersion } from './observed.ts';

/**
 * All that the operator ever does on behalf of one DumpIngestion. Each action may be repeated after a crash: a Job or a table that is
 * there already stays, and what is gone cannot be deleted again. Within a reconcile, Jobs and tables come first, then at most one status
 * write per object (the DumpIngestion's last), then the events. A run that is deleted is told of first.
 */
export type Action =
  CreateJob | DeleteJob | ApplyTables | WriteTableStatus | WriteIngestionStatus | EmitEvent | DeleteIngestion;

export interface CreateJob {
  readonly type: 'CreateJob';
  readonly name: string;
  readonly work: Work;
}

/** What a Job is for; its task is built from it and from what the hands know (`build/task.ts`). */
export type Work =
  | { readonly kind: 'Catalogue' }
  | { readonly kind: 'Load'; readonly tableName: string; readonly table: TableIngestionSpec }
  | { readonly kind: 'Finish'; readonly mothers: readonly string[] };

/** Deletes the Job and what runs for it. */
export interface DeleteJob {
  readonly type: 'DeleteJob';
  readonly name: string;
}

/** Makes the TableIngestions that are not there yet. */
export interface ApplyTables {
  readonly type: 'ApplyTables';
  readonly tables: readonly { readonly name: string; readonly spec: TableIngestionSpec }[];
}

export interface WriteTableStatus {
  readonly type: 'WriteTableStatus';
  readonly name: string;
  /** Of the table that the status was decided by. */
  readonly resourceVersion?: ResourceVersion;
  readonly status: TableIngestionStatus;
}

export interface WriteIngestionStatus {
  readonly type: 'WriteIngestionStatus';
  readonly status: DumpIngestionStatus;
}

/** Tells a turn of the story on the DumpIngestion. */
export interface EmitEvent {
  readonly type: 'EmitEvent';
  readonly level: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Deletes the DumpIngestion itself, and with it all that it owns; tables in the database stay. */
export interface DeleteIngestion {
  readonly type: 'DeleteIngestion';
}

/** What to do next. */
export interface Decision {
  readonly actions: readonly Action[];
  /** Look again after so many seconds even if nothing is heard. */
  readonly requeueAfterSeconds?: number;
}
