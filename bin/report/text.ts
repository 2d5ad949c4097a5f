import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import { archiveLine } from '../output/archive-line.ts';
import { countOf, formatBytes, formatCount, formatMegabytesPerSecond, formatSeconds } from '../output/numbers.ts';
import { renderTable } from '../output/table.ts';
import {
  failedTables,
  runSeconds,
  secondsOf,
  skippedByReason,
  slowestTables,
  tablesWithRejects,
  type RunReport,
} from './run-report.ts';
import { tableName } from '../output/table-name.ts';

/** How many tables of each kind are listed: the page has more. */
const LISTED = 20;
const SLOWEST = 10;
const MAX_LINE_LENGTH = 500;
const right = 'right' as const;

/** The report as text: what the page has, without its charts. */
export function reportText(report: RunReport, now: Date): string {
  return [
    head(report, now),
    failures(report),
    rejects(report),
    archiveLine(report.ingestion) ?? '',
    skipped(report),
    slowest(report, now),
    drift(report),
    pastRuns(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function head(report: RunReport, now: Date): string {
  const { name, ingestion } = report;
  const { phase = 'Pending', tables = {}, rows = 0, bytes = 0, megabytesPerSecond, run, message } = ingestion;
  const parts = [
    ...(tables.summary === undefined ? [] : [`${tables.summary} tables`]),
    countOf(rows, 'row'),
    formatBytes(bytes),
    ...(megabytesPerSecond === undefined ? [] : [`${megabytesPerSecond} MB/s`]),
    formatSeconds(runSeconds(report, now)),
  ];
  const number = run === undefined ? '' : `, run ${run.number}`;
  const said =
    message === undefined || ingestion.completionTime !== undefined ? '' : `\n${shorten(message, MAX_LINE_LENGTH)}`;
  return `${name}${number}: ${phase}; ${parts.join(', ')}${said}`;
}

function failures(report: RunReport): string {
  const failed = failedTables(report);
  const lines =
    failed.length > 0
      ? failed.map(({ status, spec }) =>
          status.failure === undefined
            ? (status.message ?? spec.message)
            : `${status.failure.code}: ${describeFailure(status.failure)}`,
        )
      : (report.ingestion.failures ?? []).map((failure) => `${failure.code}: ${describeFailure(failure)}`);
  return list('FAILURES', lines);
}

function rejects(report: RunReport): string {
  const lines = tablesWithRejects(report).map((table) => {
    const { rejects: count = 0, firstRejects: [first] = [] } = table.status;
    return `${tableName(table)}: ${countOf(count, 'record')} left out${first === undefined ? '' : `: ${first}`}`;
  });
  return list('REJECTS', lines);
}

function skipped(report: RunReport): string {
  const lines = skippedByReason(report).map(
    ({ reason, message, count }) => `${formatCount(count)} ${reason}: ${message}`,
  );
  return list('SKIPPED', lines);
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const rest = lines.length - LISTED;
  return [
    `${title} (${formatCount(lines.length)})`,
    ...lines.slice(0, LISTED).map((line) => `  ${shorten(line, MAX_LINE_LENGTH)}`),
    ...(rest > 0 ? [`  and ${formatCount(rest)} more`] : []),
  ].join('\n');
}

function slowest(report: RunReport, now: Date): string {
  const tables = slowestTables(report, now, SLOWEST);
  if (tables.length === 0) return '';
  const rows = tables.map((table) => {
    const { rows: count, bytes = 0, seconds = {} } = table.status;
    const took = secondsOf(table, now) ?? 0;
    return [
      tableName(table),
      table.spec.dump.file,
      formatSeconds(took),
      count === undefined ? '' : formatCount(count),
      formatMegabytesPerSecond(bytes, seconds['copy'] ?? took),
    ];
  });
  return renderTable(
    [
      { title: 'SLOWEST TABLES' },
      { title: 'DUMP' },
      { title: 'TIME', align: right },
      { title: 'ROWS', align: right },
      { title: 'MB/s', align: right },
    ],
    rows,
  );
}

function drift({ ingestion: { drift: mothers = [] } }: RunReport): string {
  if (mothers.length === 0) return '';
  const rows = mothers.map(({ mother, versions, added, dropped, retyped }) => [
    mother,
    ...[versions, added, dropped, retyped].map(formatCount),
  ]);
  const titles = ['VERSIONS', 'COLUMNS ADDED', 'DROPPED', 'RETYPED'].map((title) => ({ title, align: right }));
  return renderTable([{ title: 'MOTHER TABLES THAT DIFFER' }, ...titles], rows);
}

function pastRuns({ ingestion: { runs = [] } }: RunReport): string {
  if (runs.length === 0) return '';
  const rows = runs.map(({ number, phase, tables = '', rows: count, startTime = '', message }) => [
    String(number),
    phase,
    tables,
    count === undefined ? '' : formatCount(count),
    startTime,
    shorten(message, 90),
  ]);
  return renderTable(
    [
      { title: 'PAST RUN', align: right },
      { title: 'OUTCOME' },
      { title: 'TABLES', align: right },
      { title: 'ROWS', align: right },
      { title: 'STARTED' },
      { title: 'MESSAGE' },
    ],
    rows,
  );
}
