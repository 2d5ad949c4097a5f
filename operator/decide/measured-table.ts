import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { ObservedTable } from './observed.ts';

/** A table with its status after this reconcile. */
export interface MeasuredTable extends Omit<ObservedTable, 'status'> {
  readonly status: TableIngestionStatus;
  /** Bytes of the ZIP entry that a running load has read. */
  readonly compressedBytes?: number;
  /** For how long it has been loading, as its runner says. */
  readonly loadingSeconds?: number;
}
