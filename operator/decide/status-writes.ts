import { isDeepStrictEqual } from 'node:util';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { Action } from './action.ts';
import { findCondition } from './conditions.ts';
import { secondsSince } from './duration.ts';
import type { MeasuredTable } from './measured-table.ts';
import type { Observed, ObservedTable } from './observed.ts';
import type { Reason } from './reasons.ts';

/**
 * The statuses of waiting tables that one reconcile writes. Writing 10,000 in one, when the run is suspended, would delay the first load and
 * the DumpIngestion's own status by minutes.
 */
const MAX_WAITING_STATUSES = 500;
/** A Job that ends within this time has one status, its last: most of thousands of small tables would otherwise have three within two seconds. */
const PASSING_SECONDS = 4;

/** Of a DumpIngestion whose numbers alone have changed: `kubectl get --watch` prints a line for each write. */
const NUMBERS_SECONDS = 10;
const MORE_AFTER_SECONDS = 1;

export interface StatusWrites {
  readonly writes: readonly Action[];
  /** After how many seconds those are due that are left for a later reconcile. */
  readonly nextSeconds?: number;
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
  const later = secondsUntilWrite(observed, status, now);
  if (later === 0) writes.push({ type: 'WriteIngestionStatus', status });
  const left = [
    ...(due.length < changed.length ? [MORE_AFTER_SECONDS] : []),
    ...(later === undefined || later === 0 ? [] : [later]),
  ];
  return { writes, ...(left.length === 0 ? {} : { nextSeconds: Math.min(...left) }) };
}

/** 0 if the status is to be written now; undefined if it has not changed. */
function secondsUntilWrite(
  { ingestion, statusWrittenAt }: Observed,
  status: DumpIngestionStatus,
  now: Date,
): number | undefined {
  if (isDeepStrictEqual(without(ingestion.status, CLOCK), without(status, CLOCK))) return undefined;
  const isOnlyNumbers = isDeepStrictEqual(withoutNumbers(ingestion.status), withoutNumbers(status));
  if (!isOnlyNumbers || statusWrittenAt === undefined) return 0;
  const seconds = (now.getTime() - statusWrittenAt) / 1000;
  // A clock that was set back is no reason to wait until it is there again.
  return seconds < 0 ? 0 : Math.max(0, Math.ceil(NUMBERS_SECONDS - seconds));
}

/** What changes with time alone, which is no reason to write. */
const CLOCK: readonly (keyof DumpIngestionStatus)[] = ['duration', 'secondsLeft'];
/** What grows by itself while tables are loaded. */
const NUMBERS: readonly (keyof DumpIngestionStatus)[] = [
  ...(['message', 'rows', 'bytes', 'percent', 'megabytesPerSecond', 'rowsPerSecond'] as const),
  ...CLOCK,
];

/** What makes a person look: phases, ended tables, conditions and failures. */
function withoutNumbers(status: DumpIngestionStatus): object {
  const conditions = (status.conditions ?? []).map(({ type, status, reason }) => ({ type, status, reason }));
  return { ...without(status, NUMBERS), tables: without(status.tables ?? {}, ['pending', 'running']), conditions };
}

function without<T extends object>(object: T, names: readonly (keyof T)[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name as keyof T)));
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
  return secondsSince(status.startTime, now) < PASSING_SECONDS;
}

function isOnlyWaiting({ status }: MeasuredTable): boolean {
  return status.phase === 'Pending' && status.jobName === undefined;
}
