import { dropsTables } from '../../crds/contract/mother-policy.ts';
import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import type { DumpIngestionSpec } from '../../crds/contract/generated.ts';
import { archiveLine } from './archive-line.ts';
import { motherRows, type LoadedTable } from './mother-rows.ts';
import { countOf, formatCount, formatMegabytesPerSecond, formatSeconds } from './numbers.ts';
import { afterPhase, secondsOf } from './progress-lines.ts';
import type { RunView, TableView } from './run-view.ts';
import { renderTable } from './table.ts';

/** The part of the manifest that the summary depends on. */
export interface RunIdentity {
  readonly name: string;
  readonly policy: DumpIngestionSpec['motherTables']['policy'];
}

/** The result of a run: its tables, the mother tables, the warnings, the failures. `loads` are the ledger's rows for the target schema. */
export function runSummary(run: RunIdentity, view: RunView, loads: readonly LoadedTable[]): string {
  const touched = new Set(view.tables.map((table) => table.spec.mother));
  const mothers = loads.filter(({ mother }) => mother !== null && touched.has(mother));
  const parts = [
    outcomeTable(view, loads),
    motherRows(mothers),
    rejectList(view),
    warningList(view),
    failureList(view),
    archiveLine(view.ingestion) ?? '',
    sniffHint(view),
    totals(run, view),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function outcomeTable(view: RunView, loads: readonly LoadedTable[]): string {
  if (view.tables.length === 0) return '';
  const rowsThere = new Map(loads.map(({ versionTable, rows }) => [versionTable, rows]));
  const rows = view.tables.map((table) => {
    const { phase = 'Pending', bytes = 0 } = table.status;
    // This run did not load an unchanged table; the ledger has its number of rows.
    const count = phase === 'AlreadyLoaded' ? rowsThere.get(table.spec.versionTable ?? '') : table.status.rows;
    const seconds = secondsOf(table);
    return [
      table.spec.versionTable ?? '-',
      table.spec.dump.file,
      phase,
      count === undefined ? '' : formatCount(count),
      phase === 'Loaded' ? formatMegabytesPerSecond(bytes, table.status.seconds?.['copy'] ?? seconds) : '',
      phase === 'Loaded' ? seconds.toFixed(2) : '',
      // What keeps it from being loaded is said once, below.
      phase === 'Pending' && view.ingestion.phase === 'Suspended' ? 'not loaded yet' : shorten(messageOf(table), 90),
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
  if (phase === 'Loaded') {
    const { rejects = 0 } = table.status;
    return [
      ...(rejects === 0 ? [] : [`${formatCount(rejects)} rejects`]),
      ...(warnings.length === 0 ? [] : [countOf(warnings.length, 'warning')]),
    ].join(', ');
  }
  return message ?? table.spec.message;
}

/** More would hide the failures. */
const MAX_WARNINGS = 50;

/** The warnings of loaded tables, whole: a table that is green may have one that matters. */
function warningList(view: RunView): string {
  const loaded = view.tables.filter(({ status }) => status.phase === 'Loaded');
  const lines = loaded.flatMap(({ spec, status: { warnings = [] } }) =>
    warnings.map((warning) => `warning: ${spec.dump.file}, table ${spec.table}: ${shorten(warning, 1000)}`),
  );
  const rest = lines.length - MAX_WARNINGS;
  return [
    ...lines.slice(0, MAX_WARNINGS),
    ...(rest > 0 ? [`and ${countOf(rest, 'warning')} more: --output json has them all`] : []),
  ].join('\n');
}

/** Where and why the first records of each table were left out. */
function rejectList(view: RunView): string {
  return view.tables
    .flatMap(({ spec, status: { rejects = 0, firstRejects = [] } }) => {
      if (rejects === 0) return [];
      const more = rejects > firstRejects.length ? '; all: motherload rejects' : '';
      const first = firstRejects.map((reject) => shorten(reject, 300)).join('; ');
      return [
        `rejects: ${spec.dump.file}, table ${spec.table}: ${countOf(rejects, 'record')} left out: ${first}${more}`,
      ];
    })
    .join('\n');
}

/** Every failure with location, message and record. */
function failureList(view: RunView): string {
  const failures = view.tables.flatMap((table) => (table.status.failure === undefined ? [] : [table.status.failure]));
  const all = failures.length > 0 ? failures : (view.ingestion.failures ?? []);
  return all.map((failure) => `${failure.code}: ${shorten(describeFailure(failure), 1000)}`).join('\n');
}

/** Where a table failed for how its file is written. */
function sniffHint(view: RunView): string {
  const failed = view.tables.find(({ status }) =>
    /spec\.format\.|HeaderMismatch/.test(`${status.failure?.code} ${status.failure?.message}`),
  );
  return failed === undefined ? '' : `To find the format of a dump: motherload sniff ${failed.spec.dump.file}`;
}

function totals({ name, policy }: RunIdentity, view: RunView): string {
  const {
    phase = 'Pending',
    tables,
    rows = 0,
    bytes = 0,
    message,
    startTime,
    completionTime,
    stalled,
  } = view.ingestion;
  const seconds =
    startTime === undefined || completionTime === undefined
      ? 0
      : (Date.parse(completionTime) - Date.parse(startTime)) / 1000;
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
  const what = counts === '' ? afterPhase(message ?? 'no tables', phase) : `tables: ${counts}`;
  const sum = `${name} ${stalled === undefined ? phase.toLowerCase() : 'stalled'}: ${what}`;
  if (stalled !== undefined)
    return `${sum}. No more tables were tried, since several failed with ${stalled.code}: ${stalled.message}. What is loaded stays; ${nextRun(policy)}.`;
  if (phase === 'Suspended') return `${sum}. What is loaded stays; ${nextRun(policy)}.`;
  return `${sum}; ${countOf(rows, 'row')} in ${formatSeconds(seconds)}${speed}`;
}

function nextRun(policy: RunIdentity['policy']): string {
  return dropsTables(policy)
    ? `the same command drops it and starts over, since the policy is ${policy}`
    : 'the same command continues from there';
}
