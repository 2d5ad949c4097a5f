import { readCopyContext, type CopyContext } from '../database/copy-context.ts';
import type { CopyLane } from './copy-lane.ts';

/** A COPY that PostgreSQL refused, with the file's record, from 0, if it named one. */
export class CopyFailure extends Error {
  readonly record: number | undefined;
  readonly context: CopyContext | undefined;

  constructor(error: Error, lane: Pick<CopyLane, 'recordAt'>) {
    super(error.message, { cause: error });
    this.context = readCopyContext((error as { where?: string }).where);
    // Each row is a line of COPY's, since line feeds within values are escaped.
    this.record = this.context && lane.recordAt(this.context.line - 1);
  }
}
