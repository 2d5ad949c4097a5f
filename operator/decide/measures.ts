import type { DumpIngestionStatus, TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { ObservedTable } from './observed.ts';
import { isFinalPhase } from './table.ts';

/** A table with the status that it has after this reconcile. */
export interface MeasuredTable extends Omit<ObservedTable, 'status'> {
  readonly status: TableIngestionStatus;
  /** Bytes read of the ZIP entry by a load at work. */
  readonly compressedBytes?: number;
}

/** The run in numbers, summed up anew each time from what exists; but of tables there are never fewer than there were. */
export function measure(
  tables: readonly MeasuredTable[],
  previous: DumpIngestionStatus,
  maxParallelJobs: number,
  now: Date,
): Partial<DumpIngestionStatus> {
  const toLoad = tables.filter(({ spec }) => spec.decision === 'Load');
  const moved = toLoad.filter(({ status }) => status.phase === 'Loaded' || status.phase === 'Running');
  const rows = sum(moved, ({ status }) => status.rows ?? 0);
  const bytes = sum(moved, ({ status }) => status.bytes ?? 0);
  const total = sum(toLoad, compressedSize);
  const read = sum(toLoad, compressedRead);
  const seconds = elapsedSeconds(moved, now);
  const readByThisRun = sum(moved, compressedRead);
  const byBytes = readByThisRun > 0 ? ((total - read) / readByThisRun) * seconds : 0;
  const secondsLeft = countOf(Math.ceil(Math.max(byBytes, secondsAround(toLoad) / maxParallelJobs)));
  return {
    tables: countTables(tables, previous.tables?.total ?? 0),
    rows,
    bytes,
    totalBytes: sum(toLoad, ({ spec }) => spec.dat?.bytes ?? 0),
    percent: percentOf(read, total),
    ...(seconds > 0
      ? { megabytesPerSecond: megabytesPerSecond(bytes, seconds), rowsPerSecond: perSecond(rows, seconds) }
      : {}),
    ...(read < total && readByThisRun > 0 && seconds > 0 ? { secondsLeft } : {}),
    versions: versionsOf(tables),
  };
}

function countTables(tables: readonly MeasuredTable[], before: number): NonNullable<DumpIngestionStatus['tables']> {
  const count = (phase: TableIngestionStatus['phase']) => tables.filter(({ status }) => status.phase === phase).length;
  const [loaded, alreadyLoaded, skipped] = [count('Loaded'), count('AlreadyLoaded'), count('Skipped')];
  const total = Math.max(before, tables.length);
  return {
    summary: `${loaded + alreadyLoaded}/${total - skipped}`,
    total,
    pending: count('Pending'),
    running: count('Running'),
    loaded,
    alreadyLoaded,
    skipped,
    failed: count('Failed'),
  };
}

function compressedSize({ spec }: MeasuredTable): number {
  return spec.dat?.compressedBytes ?? 0;
}

function compressedRead(table: MeasuredTable): number {
  return isFinalPhase(table.status.phase)
    ? compressedSize(table)
    : Math.min(table.compressedBytes ?? 0, compressedSize(table));
}

/**
 * From the first load's start to the last one's end, or to now while one is at work: then in whole seconds, since a status that changed with
 * each look would be written, seen, and written again without end.
 */
function elapsedSeconds(tables: readonly MeasuredTable[], now: Date): number {
  const times = (list: (string | undefined)[]) =>
    list.filter((time) => time !== undefined).map((time) => Date.parse(time));
  const starts = times(tables.map(({ status }) => status.startTime));
  if (starts.length === 0) return 0;
  const atWork = tables.some(({ status }) => status.phase === 'Running');
  if (atWork) return Math.floor((now.getTime() - minimum(starts)) / 1000);
  return (maximum(times(tables.map(({ status }) => status.completionTime))) - minimum(starts)) / 1000;
}

/**
 * What the tables that are left will take beside their bytes, one after the other: a pod that starts and stops takes the same time for a small
 * table as for a large one, and it is known from those that are loaded.
 */
function secondsAround(tables: readonly MeasuredTable[]): number {
  const left = tables.filter(({ status }) => !isFinalPhase(status.phase)).length;
  const around = tables.flatMap(({ status: { startTime, completionTime, seconds } }) => {
    if (startTime === undefined || completionTime === undefined || seconds === undefined) return [];
    const atWork = Object.values(seconds).reduce((total, part) => total + part, 0);
    return [Math.max(0, (Date.parse(completionTime) - Date.parse(startTime)) / 1000 - atWork)];
  });
  return around.length === 0 ? 0 : (left * around.reduce((total, part) => total + part, 0)) / around.length;
}

/** The list may be too long to be spread into arguments. */
function minimum(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Infinity);
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), -Infinity);
}

/** Made when there are versions to compare, for it takes 8 ms of CPU. */
let byVersion: Intl.Collator | undefined;
const VERSIONS = 1000;

function versionsOf(tables: readonly MeasuredTable[]): string[] {
  const versions = new Set(tables.map(({ spec }) => spec.dump.version));
  return [...versions].sort(compareVersions).slice(0, VERSIONS);
}

function compareVersions(one: string, other: string): number {
  byVersion ??= new Intl.Collator('en', { numeric: true });
  return byVersion.compare(one, other);
}

function sum(tables: readonly MeasuredTable[], valueOf: (table: MeasuredTable) => number): number {
  return countOf(tables.reduce((total, table) => total + valueOf(table), 0));
}

/** A whole number that is 100 only when all is read; of nothing, all is read. */
export function percentOf(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, Math.min(100, Math.floor((100 * part) / whole))) : 100;
}

export function megabytesPerSecond(bytes: number, seconds: number): string {
  return countOf(bytes / 1e6 / seconds).toFixed(1);
}

export function perSecond(count: number, seconds: number): number {
  return countOf(Math.round(count / seconds));
}

/** A number that the CRD takes, whatever runners and catalogues say: a quotient of theirs may be infinite, and a sum below nothing. */
export function countOf(number: number): number {
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, number));
}
