import type { LoadTask } from '../../crds/contract/task.ts';
import type { TableData } from './table-data.ts';

/** What gives several tables, one after the other, and counts as a whole: an encrypted dump, or a schema as of one moment. */
export interface WholeSource {
  /** Whether tables are of no use without those that could not be loaded. */
  readonly isAllOrNothing: boolean;
  /** The tables in the order in which they are read best. */
  inOrder<Table extends { readonly task: LoadTask }>(tables: readonly Table[]): readonly Table[];
  /** `onBytes` as in `openTable` of a single table. */
  openTable(task: LoadTask, onBytes: (bytes: number) => void): Promise<TableData>;
  /** Throws unless all that was read is proved to be what was written. To be called before it counts. */
  prove(): Promise<void>;
  close(): Promise<void>;
}
