import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import { isWholeDump } from '../../crds/contract/whole-dump.ts';
import type { RunView, TableView } from './run-view.ts';
import { isFinished } from './run-view.ts';
import { tableName } from './table-name.ts';
import { countOf, formatSeconds, formatTimeLeft } from './numbers.ts';

const TITLES: Readonly<Record<string, string>> = { AlreadyLoaded: 'unchanged', Pending: 'again' };

/** The progress of a run in one line. */
export function totalLine(name: string, view: RunView): string {
  const { phase = 'Pending', tables, percent, rows, megabytesPerSecond, secondsLeft, message } = view.ingestion;
  const parts = [`${name}: ${phase.toLowerCase()}`];
  if (tables?.summary !== undefined) parts.push(`${tables.summary} tables`);
  if (tables?.failed !== undefined && tables.failed > 0) parts.push(`${tables.failed} failed`);
  if (percent !== undefined) parts.push(`${percent} %`);
  if (rows !== undefined && rows > 0) parts.push(countOf(rows, 'row'));
  if (megabytesPerSecond !== undefined) parts.push(`${megabytesPerSecond} MB/s`);
  if (secondsLeft !== undefined && secondsLeft > 0 && phase === 'Loading')
    parts.push(`${formatTimeLeft(secondsLeft)} left`);
  if (parts.length === 1 && message !== undefined) parts.push(shorten(afterPhase(message, phase)));
  return parts.join(', ');
}

/** A message without the phase that some begin with, for where the phase stands before it. */
export function afterPhase(message: string, phase: string): string {
  const start = `${phase.toLowerCase()}; `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}

/** A line for each change since the last view: the catalogue, each table that has ended, each failed attempt. */
export function changeLines(name: string, before: RunView | undefined, now: RunView): string[] {
  const lines: string[] = [];
  if ((before?.tables.length ?? 0) === 0 && now.tables.length > 0) lines.push(catalogueLine(name, now));
  const earlier = new Map(before?.tables.map((table) => [table.name, table]));
  for (const table of now.tables) {
    const known = earlier.get(table.name);
    if (isFinished(table) && (known === undefined || !isFinished(known))) lines.push(finishedLine(table));
    if (now.ingestion.phase !== 'Suspended' && isRetried(table) && known?.status.message !== table.status.message)
      lines.push(finishedLine(table));
  }
  return lines;
}

function catalogueLine(name: string, view: RunView): string {
  const dumps = new Set(view.tables.map((table) => table.spec.dump.file)).size;
  const count = (decision: string) => view.tables.filter((table) => table.spec.decision === decision).length;
  const seconds = view.ingestion.catalogueSeconds;
  const took = seconds === undefined ? '' : ` (${formatSeconds(seconds)})`;
  const kept = count('Keep') > 0 ? `${count('Keep')} loaded already, ` : '';
  const broken = count('Fail') > 0 ? `, ${count('Fail')} that cannot be loaded` : '';
  return `${name}: ${countOf(count('Load'), 'table')} to load from ${countOf(dumps, 'dump')}, ${kept}${count('Skip')} to skip${broken}${took}`;
}

/** Whether an attempt failed and the table waits for the next one. */
function isRetried({ status }: TableView): boolean {
  return status.phase === 'Pending' && (status.attempts ?? 0) > 0 && status.message !== undefined;
}

/** The end of a table or of an attempt, such as `loaded    v1_users: 9 rows in 0.12 s`. */
export function finishedLine(table: TableView): string {
  const { phase = 'Pending', rows = 0, failure, message = '' } = table.status;
  const title = (TITLES[phase] ?? phase.toLowerCase()).padEnd(9);
  const name = shorten(tableName(table));
  // Its failure names the dump.
  if (failure !== undefined && isWholeDump(table.spec)) return `${title} ${shorten(describeFailure(failure), 500)}`;
  if (failure !== undefined) return `${title} ${name}: ${shorten(describeFailure(failure), 500)}`;
  if (phase === 'Loaded') return `${title} ${name}: ${countOf(rows, 'row')} in ${formatSeconds(secondsOf(table))}`;
  return `${title} ${name}: ${shorten(message)}`;
}

/** The time of all steps of a load. */
export function secondsOf(table: TableView): number {
  return Object.values(table.status.seconds ?? {}).reduce((sum, seconds) => sum + seconds, 0);
}
