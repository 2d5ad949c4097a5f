import type { DumpIngestionStatus, TableIngestionStatus } from '../../crds/contract/generated.ts';
import { busySeconds } from './busy-time.ts';
import type { MeasuredTable } from './measured-table.ts';
import { isFinalPhase } from './table.ts';

/**
 * The run in numbers, computed each time from the existing objects; only the total number of tables never decreases. What earlier runs have
 * loaded counts, and says nothing about how fast this one is.
 */
export function measure(
  own: readonly MeasuredTable[],
  earlier: readonly MeasuredTable[],
  previous: DumpIngestionStatus,
  maxParallelJobs: number,
  now: Date,
): Partial<DumpIngestionStatus> {
  const tables = [...own, ...earlier];
  const toLoad = tables.filter(isToLoad);
  const ofThisRun = own.filter((table) => isToLoad(table) && isLoading(table));
  const rows = sum(ofThisRun, rowsOf);
  const rejects = sum(toLoad, ({ status }) => status.rejects ?? 0);
  const bytes = sum(ofThisRun, bytesOf);
  const loadedBefore = earlier.filter((table) => isToLoad(table) && isLoading(table));
  const total = sum(toLoad, compressedSize);
  const read = sum(toLoad, compressedRead);
  const seconds = elapsedSeconds(ofThisRun, now);
  const busy = busySeconds(ofThisRun, now);
  const readByThisRun = sum(ofThisRun, compressedRead);
  const byBytes = readByThisRun > 0 ? ((total - read) / readByThisRun) * seconds : 0;
  const secondsLeft = countOf(Math.ceil(Math.max(byBytes, overheadSeconds(toLoad) / maxParallelJobs)));
  return {
    tables: countTables(tables, previous.tables?.total ?? 0),
    rows: countOf(rows + sum(loadedBefore, rowsOf)),
    ...(rejects > 0 ? { rejects } : {}),
    bytes: countOf(bytes + sum(loadedBefore, bytesOf)),
    totalBytes: sum(toLoad, ({ spec }) => spec.dat?.bytes ?? 0),
    percent: percentOf(read, total),
    ...(busy > 0 ? { megabytesPerSecond: megabytesPerSecond(bytes, busy), rowsPerSecond: perSecond(rows, busy) } : {}),
    ...(read < total && readByThisRun > 0 && seconds > 0 ? { secondsLeft } : {}),
    versions: versionsOf(tables),
  };
}

function isToLoad({ spec }: MeasuredTable): boolean {
  return spec.decision === 'Load' || spec.decision === 'Keep';
}

function isLoading({ status }: MeasuredTable): boolean {
  return status.phase === 'Loaded' || status.phase === 'Running';
}

function rowsOf({ status }: MeasuredTable): number {
  return status.rows ?? 0;
}

function bytesOf({ status }: MeasuredTable): number {
  return status.bytes ?? 0;
}

function countTables(tables: readonly MeasuredTable[], before: number): NonNullable<DumpIngestionStatus['tables']> {
  const count = (phase: TableIngestionStatus['phase']) => tables.filter(({ status }) => status.phase === phase).length;
  const [loaded, alreadyLoaded, skipped] = [count('Loaded'), count('AlreadyLoaded'), count('Skipped')];
  const total = Math.max(before, tables.length);
  return {
    summary: skipped > 0 && skipped === total ? `${skipped} skipped` : `${loaded + alreadyLoaded}/${total - skipped}`,
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
 * From the start of the first load to the end of the last one, or to now while one is running: then in whole seconds, since a status that
 * changed with each reconcile would cause the next one, without end.
 */
function elapsedSeconds(tables: readonly MeasuredTable[], now: Date): number {
  const times = (list: (string | undefined)[]) =>
    list.filter((time) => time !== undefined).map((time) => Date.parse(time));
  const starts = times(tables.map(({ status }) => status.startTime));
  if (starts.length === 0) return 0;
  const isRunning = tables.some(({ status }) => status.phase === 'Running');
  if (isRunning) return Math.floor((now.getTime() - minimum(starts)) / 1000);
  return (maximum(times(tables.map(({ status }) => status.completionTime))) - minimum(starts)) / 1000;
}

/**
 * What the remaining tables take in addition to reading their bytes, one after the other: starting and stopping a pod takes the same time for
 * a small table as for a large one. Estimated from the tables already loaded.
 */
function overheadSeconds(tables: readonly MeasuredTable[]): number {
  const left = tables.filter(({ status }) => !isFinalPhase(status.phase)).length;
  let [ended, loading] = [0, 0];
  const jobs = new Map<string, number>();
  for (const { status } of tables) {
    const { startTime, completionTime, seconds, jobName = '' } = status;
    if (startTime === undefined || completionTime === undefined || seconds === undefined) continue;
    ended++;
    loading += Object.values(seconds).reduce((total, part) => total + part, 0);
    jobs.set(jobName, (Date.parse(completionTime) - Date.parse(startTime)) / 1000);
  }
  const running = [...jobs.values()].reduce((total, seconds) => total + seconds, 0);
  return ended === 0 ? 0 : (left * Math.max(0, running - loading)) / ended;
}

/** Not Math.min(...numbers): the list may be too long for a function's arguments. */
function minimum(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Infinity);
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), -Infinity);
}

/** Created when there are versions to compare, since that takes 8 ms of CPU. */
let byVersion: Intl.Collator | undefined;
const MAX_VERSIONS = 1000;

function versionsOf(tables: readonly MeasuredTable[]): string[] {
  const versions = new Set(tables.map(({ spec }) => spec.dump.version));
  return [...versions].sort(compareVersions).slice(0, MAX_VERSIONS);
}

function compareVersions(one: string, other: string): number {
  byVersion ??= new Intl.Collator('en', { numeric: true });
  return byVersion.compare(one, other);
}

function sum(tables: readonly MeasuredTable[], valueOf: (table: MeasuredTable) => number): number {
  return countOf(tables.reduce((total, table) => total + valueOf(table), 0));
}

/** A whole number; 100 only once everything has been read, and for a table without bytes. */
export function percentOf(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, Math.min(100, Math.floor((100 * part) / whole))) : 100;
}

export function megabytesPerSecond(bytes: number, seconds: number): string {
  return countOf(bytes / 1e6 / seconds).toFixed(1);
}

export function perSecond(count: number, seconds: number): number {
  return countOf(Math.round(count / seconds));
}

/** A number that the CRD accepts, whatever runners and catalogues report: quotients may be infinite and sums negative. */
export function countOf(number: number): number {
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, number));
}
