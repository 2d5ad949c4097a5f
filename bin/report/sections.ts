import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import { formatBytes, formatCount, formatMegabytesPerSecond, formatSeconds } from '../output/numbers.ts';
import type { TableView } from '../output/run-view.ts';
import { markup, type Markup, type MarkupValue } from './markup.ts';
import {
  failedTables,
  secondsOf,
  skippedByReason,
  slowestTables,
  tablesWithRejects,
  warningsOf,
  type RunReport,
} from './run-report.ts';
import { tableName } from '../output/table-name.ts';

/** Rows that a section shows, those that it has folded away, and how many are left out. */
const SHOWN = 10;
const FOLDED = 500;
const SLOWEST = 15;
const MAX_PROSE_COLUMNS = 3;

interface Column {
  readonly title: string;
  readonly isNumber?: true;
}
type Row = readonly MarkupValue[];

export function failureSection(report: RunReport): MarkupValue {
  const failed = failedTables(report);
  if (failed.length === 0) return ofRun(report.ingestion.failures ?? []);
  const rows = failed.map((table) => {
    const { failure, message = '' } = table.status;
    return [
      name(tableName(table)),
      failure === undefined ? '' : markup`<code>${failure.code}</code>`,
      failure === undefined ? message : describeFailure(failure),
    ];
  });
  return section('Failures', failed.length, [{ title: 'Table' }, { title: 'Error' }, { title: 'Message' }], rows);
}

/** Of a run that failed before it had tables. */
function ofRun(failures: readonly Failure[]): MarkupValue {
  const rows = failures.map((failure) => [markup`<code>${failure.code}</code>`, describeFailure(failure)]);
  return section('Failures', failures.length, [{ title: 'Error' }, { title: 'Message' }], rows);
}

export function rejectSection(report: RunReport): MarkupValue {
  const tables = tablesWithRejects(report);
  const rows = tables.map((table) => [
    name(tableName(table)),
    formatCount(table.status.rejects ?? 0),
    (table.status.firstRejects ?? []).map((reject) => markup`<div>${reject}</div>`),
  ]);
  const columns: Column[] = [{ title: 'Table' }, { title: 'Records', isNumber: true }, { title: 'The first of them' }];
  return section('Records left out', tables.length, columns, rows);
}

export function slowestSection(report: RunReport, now: Date): MarkupValue {
  const tables = slowestTables(report, now, SLOWEST);
  const columns: Column[] = [
    { title: 'Table' },
    { title: 'Dump' },
    { title: 'Time', isNumber: true },
    { title: 'Rows', isNumber: true },
    { title: 'Size', isNumber: true },
    { title: 'MB/s', isNumber: true },
    { title: 'Longest step' },
  ];
  const rows = tables.map((table) => slowRow(table, secondsOf(table, now) ?? 0));
  return section('Slowest tables', undefined, columns, rows, SLOWEST);
}

function slowRow(table: TableView, seconds: number): Row {
  const { rows, bytes, seconds: steps = {} } = table.status;
  const [longest] = Object.entries(steps).toSorted(([, one], [, other]) => other - one);
  return [
    name(tableName(table)),
    name(table.spec.dump.file),
    formatSeconds(seconds),
    rows === undefined ? '' : formatCount(rows),
    bytes === undefined ? '' : formatBytes(bytes),
    formatMegabytesPerSecond(bytes ?? 0, steps['copy'] ?? seconds),
    longest === undefined ? '' : `${longest[0]} (${formatSeconds(longest[1])})`,
  ];
}

export function driftSection({ ingestion: { drift = [] } }: RunReport): MarkupValue {
  const columns: Column[] = [
    { title: 'Mother table' },
    { title: 'Versions', isNumber: true },
    { title: 'Columns added', isNumber: true },
    { title: 'dropped', isNumber: true },
    { title: 'retyped', isNumber: true },
  ];
  const rows = drift.map(({ mother, versions, added, dropped, retyped }) => [
    name(mother),
    ...[versions, added, dropped, retyped].map(formatCount),
  ]);
  return section('Drift between versions', undefined, columns, rows);
}

export function warningSection(report: RunReport): MarkupValue {
  const warnings = warningsOf(report);
  const rows = warnings.map(({ table, warning }) => [name(tableName(table)), warning]);
  return section('Warnings', warnings.length, [{ title: 'Table' }, { title: 'Warning' }], rows);
}

export function skippedSection(report: RunReport): MarkupValue {
  const rows = skippedByReason(report).map(({ reason, message, count }) => [
    formatCount(count),
    markup`<code>${reason}</code>`,
    message,
  ]);
  const columns: Column[] = [{ title: 'Tables', isNumber: true }, { title: 'Reason' }, { title: 'The first message' }];
  return section('Skipped tables', undefined, columns, rows);
}

export function pastRunSection({ ingestion: { runs = [] } }: RunReport): MarkupValue {
  const columns: Column[] = [
    { title: 'Run', isNumber: true },
    { title: 'Outcome' },
    { title: 'Tables', isNumber: true },
    { title: 'Rows', isNumber: true },
    { title: 'Rejects', isNumber: true },
    { title: 'Started' },
    { title: 'Time', isNumber: true },
    { title: 'Message' },
  ];
  const rows = runs.map((run) => [
    run.number,
    markup`<span class="badge ${run.phase.toLowerCase()}">${run.phase}</span>`,
    run.tables ?? '',
    run.rows === undefined ? '' : formatCount(run.rows),
    run.rejects === undefined ? '' : formatCount(run.rejects),
    timeText(run.startTime),
    run.startTime === undefined || run.completionTime === undefined
      ? ''
      : formatSeconds((Date.parse(run.completionTime) - Date.parse(run.startTime)) / 1000),
    run.message,
  ]);
  return section('Past runs', undefined, columns, rows);
}

/** `2026-11-29 13:00:00 UTC` */
export function timeText(time: string | undefined): string {
  return time === undefined ? '' : `${time.slice(0, 19).replace('T', ' ')} UTC`;
}

function name(text: string): Markup {
  return markup`<bdi class="name">${text}</bdi>`;
}

/** Nothing if there are no rows. Without a script, what is folded away is still found by the browser's search. */
function section(
  title: string,
  count: number | undefined,
  columns: readonly Column[],
  rows: readonly Row[],
  shown = SHOWN,
): MarkupValue {
  if (rows.length === 0) return undefined;
  const folded = rows.slice(shown, shown + FOLDED);
  const rest = rows.length - shown - folded.length;
  return markup`<section><h2>${title}${count === undefined ? '' : markup` <small>${formatCount(count)}</small>`}</h2>
${table(columns, rows.slice(0, shown))}
${folded.length === 0 ? '' : markup`<details><summary>${formatCount(folded.length)} more</summary>${table(columns, folded)}</details>`}
${rest > 0 ? markup`<p class="note">${formatCount(rest)} more are not in this page.</p>` : ''}</section>
`;
}

/** On a phone, the cells of a table that ends with sentences stand below each other. */
function table(columns: readonly Column[], rows: readonly Row[]): Markup {
  const kind = (index: number) =>
    columns[index]?.isNumber === true ? markup` class="number" data-title="${columns[index].title}"` : '';
  const style = columns.length <= MAX_PROSE_COLUMNS ? 'prose' : '';
  return markup`<div class="wide"><table class="${style}"><thead><tr>${columns.map(({ title }, index) => markup`<th${kind(index)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => markup`<tr>${cells.map((cell, index) => markup`<td${kind(index)}>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
