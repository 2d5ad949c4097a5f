import { isDeepStrictEqual } from 'node:util';
import type { Action } from './action.ts';
import { findCondition } from './conditions.ts';
import type { MeasuredTable } from './measures.ts';
import type { Observed, ObservedTable } from './observed.ts';
import type { Reason } from './reasons.ts';

/**
 * The statuses of waiting tables that one reconcile writes. Writing 10,000 in one, when the run is suspended, would delay the first load and
 * the DumpIngestion's own status by minutes.
 */
const MAX_WAITING_STATUSES = 500;
/** A Job that ends within this time has one status, its last: most of thousands of small tables would otherwise have three within two seconds. */
const PASSING_SECONDS = 4;

export interface StatusWrites {
  readonly writes: readonly Action[];
  /** Whether statuses are left for the next reconcile. */
  readonly isMore: boolean;
}

/** The statuses that have changed, those of tables first. */
export function statusWrites(
  observed: Observed,
  tables: readonly MeasuredTable[],
  status: Observed['ingestion']['status'],
  now: Date,
): StatusWrites {
  const before = new Map(observed.tables.map((table) => [table.name, table.status]));
  const changed = tables.filter((table) => {
    const old = before.get(table.name);
    return !isDeepStrictEqual(old, table.status) && !isPassing(old, table, now);
  });
  const waiting = changed.filter((table) => isOnlyWaiting(table));
  const due = [...changed.filter((table) => !isOnlyWaiting(table)), ...waiting.slice(0, MAX_WAITING_STATUSES)];
  const writes: Action[] = due.map(({ name, status: tableStatus, resourceVersion }) => ({
    ...{ type: 'WriteTableStatus', name, status: tableStatus },
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }));
  if (!isDeepStrictEqual(observed.ingestion.status, status)) writes.push({ type: 'WriteIngestionStatus', status });
  return { writes, isMore: due.length < changed.length };
}

/**
 * Whether the first status of a TableIngestion may wait for the next reconcile, which a run with open Jobs has every few seconds: it waits for its
 * turn, as the CRD says of each new one, or its Job has just begun. What a later decision depends on is another reason, and written at once.
 */
function isPassing(before: ObservedTable['status'] | undefined, { status }: MeasuredTable, now: Date): boolean {
  // Without a phase it is not in a cluster, where each write is a request.
  if (before?.phase !== 'Pending' || before.conditions !== undefined) return false;
  const reason = findCondition(status.conditions, 'Progressing')?.reason;
  if (reason === ('WaitingForSlot' satisfies Reason)) return true;
  const hasBegun = reason === ('Starting' satisfies Reason) || reason === ('Loading' satisfies Reason);
  if (!hasBegun || status.startTime === undefined) return false;
  return now.getTime() - Date.parse(status.startTime) < PASSING_SECONDS * 1000;
}

function isOnlyWaiting({ status }: MeasuredTable): boolean {
  return status.phase === 'Pending' && status.jobName === undefined;
}
