import { columnOfContext, readCopyContext, valueOfContext, type CopyContext } from '../database/copy-context.ts';
import { hasSqlState, SQL_STATES } from '../database/sql-state.ts';
import type { CopyLane } from './copy-lane.ts';

/** A COPY that PostgreSQL refused, with the file's record, from 0, if it named one. */
export class CopyFailure extends Error {
  readonly record: number | undefined;
  readonly context: CopyContext | undefined;
  /**
   * A row that does not fit a page is refused when several are written together, and then the context has the line that was read last
   * (CopyMultiInsertBufferFlush in PostgreSQL's copyfrom.c).
   */
  readonly isOfUnknownRow: boolean;

  /** `table` is the name of one that is no staging table. */
  constructor(error: Error, lane: Pick<CopyLane, 'recordAt'>, table?: string) {
    super(error.message, { cause: error });
    const context = readCopyContext((error as { where?: string }).where, table);
    this.isOfUnknownRow = hasSqlState(error, SQL_STATES.programLimitExceeded) && (context?.rest ?? '') === '';
    this.context = this.isOfUnknownRow ? undefined : context;
    // Each row is a line of COPY's, since line feeds within values are escaped.
    this.record = this.context && lane.recordAt(this.context.line - 1);
  }

  /** COPY's context names no column where a constraint is violated; the error itself does for NOT NULL. */
  columnOf(columns: readonly string[]): string | undefined {
    const inContext = this.context && columnOfContext(this.context, columns);
    return inContext ?? (this.cause as { column?: string }).column;
  }

  /** The value that the context shows of one of the columns, cut at 100 bytes. */
  shownValue(columns: readonly string[]): string | undefined {
    const { context } = this;
    if (context === undefined || columnOfContext(context, columns) === undefined) return undefined;
    return valueOfContext(context);
  }
}
