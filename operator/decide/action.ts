import type { DumpIngestionStatus, TableIngestionSpec, TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { FinishTask } from '../../crds/contract/task.ts';
import type { ResourceVersion } from './observed.ts';

/**
 * All that the operator ever does on behalf of one DumpIngestion. Each action is idempotent, so it may be repeated after a crash: a Job or a
 * TableIngestion that already exists is kept, and deleting one that no longer exists does nothing. Within a reconcile, Jobs and tables come
 * first, then at most one status write per object (the DumpIngestion's last), then the events. Before a run is deleted its event is recorded.
 */
export type Action =
  | CreateJob
  | DeleteJob
  | ApplyTables
  | DeleteTable
  | WriteTableStatus
  | WriteIngestionStatus
  | EmitEvent
  | DeleteIngestion;

export interface CreateJob {
  readonly type: 'CreateJob';
  readonly name: string;
  readonly work: Work;
}

/** What a Job is for; its task is built from this and the executor's context (`build/task.ts`). */
export type Work =
  /** `keepsTables`: it drops none, whatever the manifest's policy for mother tables is. */
  | { readonly kind: 'Catalogue'; readonly keepsTables?: boolean }
  | { readonly kind: 'Load'; readonly tableName: string; readonly table: TableIngestionSpec }
  | { readonly kind: 'LoadBatch'; readonly tables: readonly NamedTable[] }
  | {
      readonly kind: 'Finish';
      readonly mothers: readonly string[];
      readonly unchangedMothers?: readonly string[];
      readonly own?: FinishTask['own'];
      readonly earlier?: FinishTask['earlier'];
    };

export interface NamedTable {
  readonly name: string;
  readonly spec: TableIngestionSpec;
}

/** Deletes the Job and its pods or processes. */
export interface DeleteJob {
  readonly type: 'DeleteJob';
  readonly name: string;
}

/** Creates the TableIngestions that do not exist yet. */
export interface ApplyTables {
  readonly type: 'ApplyTables';
  readonly tables: readonly NamedTable[];
}

/** Deletes a TableIngestion of an earlier run; the table in the database is kept. */
export interface DeleteTable {
  readonly type: 'DeleteTable';
  readonly name: string;
}

export interface WriteTableStatus {
  readonly type: 'WriteTableStatus';
  readonly name: string;
  /** Of the TableIngestion that the status was decided for. */
  readonly resourceVersion?: ResourceVersion;
  readonly status: TableIngestionStatus;
}

export interface WriteIngestionStatus {
  readonly type: 'WriteIngestionStatus';
  readonly status: DumpIngestionStatus;
}

/** Records a transition as an event of the DumpIngestion, or of one of its tables. */
export interface EmitEvent {
  readonly type: 'EmitEvent';
  /** The TableIngestion. */
  readonly table?: string;
  readonly level: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Deletes the DumpIngestion itself, and with it all that it owns; tables in the database are kept. */
export interface DeleteIngestion {
  readonly type: 'DeleteIngestion';
}

/** What to do next. */
export interface Decision {
  readonly actions: readonly Action[];
  /** Reconcile again after this many seconds even without a change. */
  readonly requeueAfterSeconds?: number;
}
