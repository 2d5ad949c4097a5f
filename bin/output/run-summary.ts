import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import { formatCount, formatMegabytesPerSecond, formatSeconds } from './numbers.ts';
import { secondsOf } from './progress-lines.ts';
import { rowsThere, type RunView, type TableView } from './run-view.ts';
import { renderTable } from './table.ts';

/** A run's result for people: every table, the mothers, and what failed. */
export function runSummary(name: string, view: RunView): string {
  const parts = [outcomeTable(view), motherTable(view), failureList(view), totals(name, view)];
  return parts.filter((part) => part !== '').join('\n\n');
}

function outcomeTable(view: RunView): string {
  if (view.tables.length === 0) return '';
  const rows = view.tables.map((table) => {
    const { phase = 'Pending', rows: count, bytes = 0 } = table.status;
    const seconds = secondsOf(table);
    return [
      table.spec.versionTable ?? '-',
      table.spec.dump.file,
      phase,
      count === undefined ? '' : formatCount(count),
      phase === 'Loaded' ? formatMegabytesPerSecond(bytes, table.status.seconds?.['copy'] ?? seconds) : '',
      phase === 'Loaded' ? seconds.toFixed(2) : '',
      shorten(messageOf(table), 90),
    ];
  });
  const right = 'right' as const;
  return renderTable(
    [
      { title: 'VERSION TABLE' },
      { title: 'DUMP' },
      { title: 'OUTCOME' },
      { title: 'ROWS', align: right },
      { title: 'MB/s', align: right },
      { title: 'SECONDS', align: right },
      { title: 'MESSAGE' },
    ],
    rows,
  );
}

function messageOf(table: TableView): string {
  const { failure, message, phase, warnings = [] } = table.status;
  if (failure !== undefined) return failure.message;
  if (phase === 'Loaded')
    return warnings.length === 0 ? '' : `${warnings.length === 1 ? 'warning' : `${warnings.length} warnings`}: ${warnings[0] ?? ''}`;
  return message ?? table.spec.message;
}

/** The most versions that stand side by side; with more a table would not fit a screen. */
const MOST_COLUMNS = 8;

/** The mothers, with rows by version. */
function motherTable(view: RunView): string {
  const counts = new Map<string, Map<string, number>>();
  for (const table of view.tables) {
    if (table.spec.mother === undefined || rowsThere(table) + (table.status.rows ?? 0) === 0) continue;
    const versions = counts.get(table.spec.mother) ?? new Map<string, number>();
    versions.set(table.spec.dump.version, (versions.get(table.spec.dump.version) ?? 0) + rowsThere(table));
    counts.set(table.spec.mother, versions);
  }
  if (counts.size === 0) return '';
  const versions = [...new Set([...counts.values()].flatMap((byVersion) => [...byVersion.keys()]))];
  const shown = versions.length <= MOST_COLUMNS ? versions : [];
  const right = 'right' as const;
  const columns = [
    { title: 'MOTHER TABLE' },
    ...shown.map((version) => ({ title: version, align: right })),
    { title: 'VERSIONS', align: right },
    { title: 'ALL ROWS', align: right },
  ];
  const rows = [...counts].map(([mother, byVersion]) => [
    mother,
    ...shown.map((version) => (byVersion.has(version) ? formatCount(byVersion.get(version) ?? 0) : '')),
    String(byVersion.size),
    formatCount([...byVersion.values()].reduce((sum, count) => sum + count, 0)),
  ]);
  return renderTable(columns, rows);
}

/** Every failure whole: where, what, and the record. */
function failureList(view: RunView): string {
  const failures = view.tables.flatMap((table) => (table.status.failure === undefined ? [] : [table.status.failure]));
  const all = failures.length > 0 ? failures : (view.ingestion.failures ?? []);
  return all.map((failure) => `${failure.code}: ${shorten(describeFailure(failure), 1000)}`).join('\n');
}

function totals(name: string, view: RunView): string {
  const { phase = 'Pending', tables, rows = 0, bytes = 0, message, startTime, completionTime } = view.ingestion;
  const seconds = startTime === undefined || completionTime === undefined ? 0 : (Date.parse(completionTime) - Date.parse(startTime)) / 1000;
  const counts = [
    [tables?.loaded, 'loaded'],
    [tables?.alreadyLoaded, 'unchanged'],
    [tables?.skipped, 'skipped'],
    [tables?.failed, 'failed'],
  ]
    .filter(([count]) => count !== undefined && count !== 0)
    .map(([count, word]) => `${String(count)} ${String(word)}`)
    .join(', ');
  const speed = bytes > 0 && seconds > 0 ? `, ${formatMegabytesPerSecond(bytes, seconds)} MB/s` : '';
  const sum = `${name} ${phase.toLowerCase()}: ${counts === '' ? (message ?? 'no tables') : `tables: ${counts}`}`;
  return `${sum}; ${formatCount(rows)} rows in ${formatSeconds(seconds)}${speed}`;
}
