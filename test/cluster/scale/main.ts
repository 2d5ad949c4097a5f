/**
 * Measures the operator: `node test/cluster/scale/main.ts [TABLES ...]` with growing catalogues, `node test/cluster/scale/main.ts runs [FINISHED
 * ACTIVE]` with many runs, `node test/cluster/scale/main.ts schedules [SCHEDULES]` with schedules of the same minute, `node test/cluster/scale/main.ts large
 * [INGESTIONS]` with DumpIngestions of a megabyte, and with `status [TABLES]` what `kubectl motherload status` takes. Prints the tables of docs/scale.md.
 */
import { measureLargeIngestions } from './large-ingestions.ts';
import { quantile } from './quantile.ts';
import { measureScale, type Measurement } from './run-scale.ts';
import { measureSchedules } from './schedules.ts';
import { measureStatus } from './status.ts';

/** Large enough for many tables at the same time, and the same for each size, so that they can be compared. */
const MAX_PARALLEL_JOBS = 50;
const TABLES_OF_RUN = 20;

const [what, ...counts] = process.argv.slice(2);
if (what === 'runs') await measureRuns(counts.map(Number));
else if (what === 'schedules') await measureManySchedules(counts.map(Number));
else if (what === 'large') await measureLarge(counts.map(Number));
else if (what === 'status') await measureStatusOf(counts.map(Number));
else await measureTables(process.argv.slice(2).map(Number));

async function measureTables(sizes: readonly number[]): Promise<void> {
  const measurements: Measurement[] = [];
  for (const tables of sizes.length === 0 ? [200, 500, 1000, 2000] : sizes) {
    console.error(`${tables} tables`);
    measurements.push(await measureScale({ tables, maxParallelJobs: MAX_PARALLEL_JOBS }));
  }
  console.log(renderOverview(measurements));
  console.log(renderRequests(measurements));
}

/** Active runs beside none, and beside many that have ended. */
async function measureRuns([finished = 1000, active = 50]: readonly number[]): Promise<void> {
  const rows = [];
  for (const ended of [0, finished]) {
    console.error(`${active} active runs, ${ended} ended ones`);
    const run = await measureScale({ tables: TABLES_OF_RUN, maxParallelJobs: 2, active, finished: ended });
    const tables = active * TABLES_OF_RUN;
    const latency = (part: number) => {
      const [waited, took] = ['queue_latency', 'reconcile_duration'].map((name) =>
        quantile(run.metrics, `motherload_${name}_seconds`, part),
      );
      return `${waited} + ${took}`;
    };
    rows.push([
      ...[String(ended), String(active), run.seconds.toFixed(0), run.cpuSeconds.toFixed(1)],
      ...[run.megabytesAtStart.toFixed(0), run.peakMegabytes.toFixed(0), (run.requests.total / tables).toFixed(2)],
      ...[latency(0.5), latency(0.99)],
    ]);
  }
  const titles = [
    'ended',
    'active',
    'seconds',
    'CPU s',
    'MB at start',
    'peak MB',
    'requests per table',
    'p50 s',
    'p99 s',
  ];
  console.log(renderTable(titles, rows));
}

async function measureManySchedules([schedules = 500]: readonly number[]): Promise<void> {
  const measured = await measureSchedules(schedules);
  const { secondsUntilRuns, secondsUntilJobs, megabytes, cpuSeconds, idleCpuSeconds, requestsPerRun } = measured;
  const { latencies } = measured;
  const latency = [latencies[Math.floor(latencies.length / 2)], latencies.at(-1)];
  const row = [
    ...[schedules.toLocaleString('en'), secondsUntilRuns.toFixed(0), secondsUntilJobs.toFixed(0)],
    ...[latency.map((seconds) => `${seconds?.toFixed(2)} s`).join(', '), requestsPerRun.toFixed(1)],
    ...[cpuSeconds.toFixed(1), idleCpuSeconds.toFixed(2), ...megabytes.map((size) => size.toFixed(1))],
  ];
  const titles = [
    ...['schedules', 'seconds until all runs', 'until all their Jobs', 'change of another run: median, most'],
    ...['requests per run', 'CPU s', 'CPU s per idle minute', 'MB without', 'MB idle', 'MB at the most'],
  ];
  console.log(renderTable(titles, [row]));
}

async function measureLarge([ingestions = 300]: readonly number[]): Promise<void> {
  const { megabytes, bytes, metricBytes, seconds } = await measureLargeIngestions(ingestions);
  const row = [String(ingestions), (bytes / 1e6).toFixed(2), (metricBytes / 1e6).toFixed(0), seconds.toFixed(1)];
  const titles = ['DumpIngestions', 'MB of each', 'MB by the metric', "s until another tenant's status"];
  console.log(
    renderTable([...titles, 'MB without', 'MB with'], [[...row, ...megabytes.map((size) => size.toFixed(0))]]),
  );
}

async function measureStatusOf([tables = 10_000]: readonly number[]): Promise<void> {
  const seconds = await measureStatus(tables);
  const row = [tables.toLocaleString('en'), seconds.map((each) => each.toFixed(2)).join(', ')];
  console.log(renderTable(['tables', 'seconds of kubectl motherload status'], [row]));
}

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
