import { describeFailure, TransientError } from '../../crds/contract/errors.ts';
import type { ObservedTable } from './observed.ts';
import { isFinalPhase } from './table.ts';

/** Whether a table needs no further run: what is in the database, or is to be left out, is as it should be. */
export function hasEndedWell({ status }: ObservedTable): boolean {
  return isFinalPhase(status.phase) && status.phase !== 'Failed';
}

/** The ends of the tables of earlier runs that count. One without an end has lost it, and nobody knows what became of its table. */
export function earlierResults(earlier: readonly ObservedTable[] = []): ObservedTable[] {
  return earlier.map((table) => (isFinalPhase(table.status.phase) ? table : lost(table)));
}

function lost(table: ObservedTable): ObservedTable {
  const message =
    'the result of an earlier run was lost, and its dump is no longer there; look the table up with `motherload status`';
  const { table: name, dump } = table.spec;
  const failure = new TransientError('ResultLost', message, { table: name, file: dump.file }).toFailure();
  return { ...table, status: { phase: 'Failed', message: describeFailure(failure), failure } };
}
