import { isShared } from '../../crds/contract/error-codes.ts';
import { MotherloadError } from '../../crds/contract/errors.ts';
import { otherTableFailed } from '../../crds/contract/one-moment.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { locationOf } from '../dump/table-location.ts';

/** A table of a task, by its position among them. */
interface PlacedTable {
  readonly index: number;
  readonly task: LoadTask;
}

/** A table could not be loaded, and the others are of no use without it. */
export class NothingLoaded extends Error {
  readonly #bad: PlacedTable;
  override readonly cause: unknown;

  constructor(bad: PlacedTable, cause: unknown) {
    super('a table could not be loaded');
    this.#bad = bad;
    this.cause = cause;
  }

  /** The error of one of them: its own, or that of the other one. What may pass, or is about all of them, is not one table's own. */
  of({ index, task }: PlacedTable): unknown {
    const { cause } = this;
    const isOwn = cause instanceof MotherloadError && cause.kind !== 'Transient' && !isShared(cause.code);
    if (!isOwn || index === this.#bad.index) return cause;
    return otherTableFailed(this.#bad.task.table.table, locationOf(task));
  }
}
