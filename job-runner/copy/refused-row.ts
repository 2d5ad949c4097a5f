import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { DataError } from '../../crds/contract/errors.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { CopyFailure } from './copy-failure.ts';
import { RecordProblem } from './record-problem.ts';
import { withoutStackTrace } from './without-stack-trace.ts';

/** A row that PostgreSQL refuses, by its number in the batch, from 0. */
export interface RefusedRow {
  readonly row: number;
  /** Of the file's record of this number, from 0. */
  readonly problemOf: (record: number) => RecordProblem;
}

/** By the error of its COPY; one that is not about a record is thrown. */
export function refusedRow(row: number, failure: CopyFailure, { copyColumns }: TablePlan): RefusedRow {
  const describe = describeRefusal(failure.cause);
  return { row, problemOf: describe(failure.columnOf(copyColumns), failure.shownValue(copyColumns)) };
}

/** What makes the problem of each record that is refused by such an error of PostgreSQL's. */
export function describeRefusal(
  cause: unknown,
): (column: string | undefined, value: string | undefined) => RefusedRow['problemOf'] {
  const { code, message, withoutValues } = dataError(cause);
  return (column, value) => (record) => new RecordProblem(record, code, message, column, value, withoutValues);
}

/** The same for errors whose texts differ in one place. Many records are refused with the same words, which take longer to find than all else about a record. */
export function describeRefusals(causeOf: (text: string) => unknown): (text: string) => RefusedRow['problemOf'] {
  const { code, message, withoutValues } = dataError(causeOf(PLACE));
  const at = message.indexOf(PLACE);
  if (at === -1 || message.includes(PLACE, at + 1)) throw new Error(`no one place for a text: ${message}`);
  const [before, behind] = [message.slice(0, at), message.slice(at + PLACE.length)];
  return (text) => (record) =>
    new RecordProblem(record, code, before + text + behind, undefined, undefined, withoutValues);
}

/** No name has it. */
const PLACE = '\0';

function dataError(cause: unknown): DataError & { readonly code: ErrorCode<'Data'> } {
  const error = withoutStackTrace(() => toMotherloadError(cause, {}));
  if (!(error instanceof DataError)) throw error;
  return error as DataError & { readonly code: ErrorCode<'Data'> };
}
