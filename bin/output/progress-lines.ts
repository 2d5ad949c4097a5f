import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import type { RunView, TableView } from './run-view.ts';
import { isFinished } from './run-view.ts';
import { formatCount, formatSeconds } from './numbers.ts';

/** How far a run is, in one line. */
export function totalLine(name: string, view: RunView): string {
  const { phase = 'Pending', tables, percent, rows, megabytesPerSecond, secondsLeft, message } = view.ingestion;
  const parts = [`${name}: ${phase.toLowerCase()}`];
  if (tables?.summary !== undefined) parts.push(`${tables.summary} tables`);
  if (tables?.failed !== undefined && tables.failed > 0) parts.push(`${tables.failed} failed`);
  if (percent !== undefined) parts.push(`${percent} %`);
  if (rows !== undefined && rows > 0) parts.push(`${formatCount(rows)} rows`);
  if (megabytesPerSecond !== undefined) parts.push(`${megabytesPerSecond} MB/s`);
  if (secondsLeft !== undefined && phase === 'Loading') parts.push(`${formatSeconds(secondsLeft)} left`);
  if (parts.length === 1 && message !== undefined) parts.push(shorten(message));
  return parts.join(', ');
}

/** The lines for what changed since the last view: the catalogue, and each table that came to its end. */
export function changeLines(name: string, before: RunView | undefined, now: RunView): string[] {
  const lines: string[] = [];
  if ((before?.tables.length ?? 0) === 0 && now.tables.length > 0) lines.push(catalogueLine(name, now));
  const known = new Set(before?.tables.filter((table) => isFinished(table)).map((table) => table.name));
  for (const table of now.tables) {
    if (isFinished(table) && !known.has(table.name)) lines.push(finishedLine(table));
  }
  return lines;
}

function catalogueLine(name: string, view: RunView): string {
  const dumps = new Set(view.tables.map((table) => table.spec.dump.file)).size;
  const count = (decision: string) => view.tables.filter((table) => table.spec.decision === decision).length;
  const seconds = view.ingestion.catalogueSeconds;
  const took = seconds === undefined ? '' : ` (${formatSeconds(seconds)})`;
  const broken = count('Fail') > 0 ? `, ${count('Fail')} that cannot be loaded` : '';
  return `${name}: ${count('Load')} tables to load from ${dumps} ${dumps === 1 ? 'dump' : 'dumps'}, ${count('Skip')} to skip${broken}${took}`;
}

/** The end of one table, for instance `loaded   v1_users: 9 rows in 0.12 s`. */
export function finishedLine(table: TableView): string {
  const { phase = 'Pending', rows = 0, failure, message = '' } = table.status;
  const title = (phase === 'AlreadyLoaded' ? 'unchanged' : phase.toLowerCase()).padEnd(9);
  const name = shorten(table.spec.versionTable ?? `${table.spec.dump.file}:${table.spec.table}`);
  if (failure !== undefined) return `${title} ${name}: ${shorten(describeFailure(failure), 500)}`;
  if (phase === 'Loaded') return `${title} ${name}: ${formatCount(rows)} rows in ${formatSeconds(secondsOf(table))}`;
  return `${title} ${name}: ${shorten(message)}`;
}

/** What the steps of a load took together. */
export function secondsOf(table: TableView): number {
  return Object.values(table.status.seconds ?? {}).reduce((sum, seconds) => sum + seconds, 0);
}
