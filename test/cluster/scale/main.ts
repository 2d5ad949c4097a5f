/**
 * Measures the operator with growing catalogues: `node test/cluster/scale/main.ts [TABLES ...]` prints the tables of docs/scale.md.
 */
import { measureScale, type Measurement } from './run-scale.ts';

/** Large enough for many tables at the same time, and the same for each size, so that they can be compared. */
const MAX_PARALLEL_JOBS = 50;

const sizes = process.argv.slice(2).map(Number);
const measurements: Measurement[] = [];
for (const tables of sizes.length === 0 ? [200, 500, 1000, 2000] : sizes) {
  console.error(`${tables} tables`);
  measurements.push(await measureScale({ tables, maxParallelJobs: MAX_PARALLEL_JOBS }));
}
console.log(renderOverview(measurements));
console.log(renderRequests(measurements));

function renderOverview(list: readonly Measurement[]): string {
  const rows = list.map(({ tables, seconds, cpuSeconds, peakMegabytes, megabytesAtStart, requests, status }) => [
    ...[tables.toLocaleString('en'), status.phase ?? '', seconds.toFixed(0), cpuSeconds.toFixed(1)],
    ...[((cpuSeconds / tables) * 1000).toFixed(1), megabytesAtStart.toFixed(0), peakMegabytes.toFixed(0)],
    ...[requests.total.toLocaleString('en'), (requests.total / tables).toFixed(2)],
  ]);
  const titles = [
    'tables',
    'end',
    'seconds',
    'CPU s',
    'CPU ms per table',
    'MB at start',
    'peak MB',
    'requests',
    'requests per table',
  ];
  return renderTable(titles, rows);
}

function renderRequests(list: readonly Measurement[]): string {
  const names = [...new Set(list.flatMap(({ requests }) => [...requests.counts.keys()]))].sort();
  const rows = names.map((name) => [
    name,
    ...list.map(
      ({ requests, tables }) =>
        `${requests.counts.get(name) ?? 0} (${((requests.counts.get(name) ?? 0) / tables).toFixed(2)})`,
    ),
  ]);
  return renderTable(
    ['requests (per table)', ...list.map(({ tables }) => `${tables.toLocaleString('en')} tables`)],
    rows,
  );
}

function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line), ''].join('\n');
}
