import { readCopyContext, type CopyContext } from '../database/copy-context.ts';
import type { CopyLane } from './copy-lane.ts';
import type { CopyLaneLine } from './offending-record.ts';

/** A COPY that PostgreSQL refused, with the line of the lane, if it named one. */
export class CopyFailure extends Error {
  readonly line: CopyLaneLine | undefined;
  readonly context: CopyContext | undefined;

  constructor(error: Error, lane: CopyLane) {
    super(error.message, { cause: error });
    this.context = readCopyContext((error as { where?: string }).where);
    this.line = this.context && { lane, number: this.context.line };
  }
}
