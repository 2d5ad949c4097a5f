import type {
  DumpIngestionStatus,
  TableIngestionSpec,
  TableIngestionStatus,
} from '../../../crds/contract/generated.ts';
import type { RunReport } from '../../../bin/report/run-report.ts';

export const START = Date.parse('2026-03-01T02:00:00Z');
export const time = (seconds: number) => new Date(START + Math.round(seconds * 1000)).toISOString();

type Table = RunReport['tables'][number];

export function tableNamed(
  versionTable: string,
  status: TableIngestionStatus = {},
  spec: Partial<TableIngestionSpec> = {},
): Table {
  return {
    name: `nightly-${versionTable.replace(/[^a-z0-9]+/g, '-')}`,
    spec: {
      ingestionName: 'nightly',
      dump: { file: 'crm_v7.zip', version: 'v7' },
      table: versionTable.replace(/^v\d+_/, ''),
      versionTable,
      decision: 'Load',
      reason: 'MotherExists',
      message: 'it is loaded',
      ...spec,
    },
    status,
  };
}

/** A table that was loaded in these seconds of the run. */
export function loadedTable(name: string, from: number, to: number, status: TableIngestionStatus = {}): Table {
  return tableNamed(name, {
    ...{ phase: 'Loaded', jobName: `${name}-load`, startTime: time(from), completionTime: time(to) },
    ...{ rows: 1000, bytes: 1_000_000, seconds: { copy: to - from } },
    ...status,
  });
}

export function reportOf(tables: readonly Table[], ingestion: DumpIngestionStatus = {}): RunReport {
  return { name: 'nightly', namespace: 'crm', ingestion, tables };
}

/** The same numbers every time: a generator of Park and Miller. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A run of many tables in a few lanes, of which some failed and some have rejects. */
export function madeUpRun(count: number, lanes = 8): RunReport {
  const next = numbersFrom(count);
  const free = new Array<number>(lanes).fill(12);
  const tables = Array.from({ length: count }, (_, index) => {
    const lane = free.indexOf(Math.min(...free));
    const from = free[lane] ?? 0;
    const seconds = 1 + 40 * next() ** 4;
    free[lane] = from + seconds + 0.5;
    const name = `v${1 + (index % 9)}_${['orders', 'order_lines', 'customers', 'invoices', 'stock_moves'][index % 5] ?? ''}_${index}`;
    const chance = next();
    if (chance < 0.03)
      return loadedTable(name, from, from + seconds / 2, {
        phase: 'Failed',
        failure: {
          ...{
            kind: 'Data',
            code: 'BadValue',
            file: 'crm_v7.zip:orders.dat',
            table: name,
            line: 4711,
            column: 'price',
          },
          message: 'the value is not a number of the type numeric(12,2): fix the dump, or set the type of the column',
          record: '4711|17,40 EUR|2015-04-01',
        },
      });
    const rejects =
      chance > 0.97
        ? {
            rejects: 1 + Math.floor(next() * 90),
            firstRejects: ['line 12, column born: the date 0000-00-00 does not exist (Sql22008)'],
          }
        : {};
    return loadedTable(name, from, from + seconds, {
      ...{ bytes: Math.round(seconds * 60_000_000 * (0.5 + next())), rows: Math.round(seconds * 200_000) },
      ...rejects,
    });
  });
  const end = Math.max(...free) + 6;
  const failed = tables.filter(({ status }) => status.phase === 'Failed').length;
  const total = (field: 'rows' | 'bytes' | 'rejects') =>
    tables.reduce((sum, { status }) => sum + (status.phase === 'Loaded' ? (status[field] ?? 0) : 0), 0);
  return reportOf(tables, {
    phase: failed > 0 ? 'Failed' : 'Complete',
    message: `${failed} of ${count} tables failed`,
    tables: { summary: `${count - failed}/${count}`, total: count, failed, loaded: count - failed, skipped: 0 },
    ...{ rows: total('rows'), bytes: total('bytes'), rejects: total('rejects'), megabytesPerSecond: '412.7' },
    conditions: [
      { type: 'Catalogued', status: 'True', lastTransitionTime: time(11), reason: 'Catalogued', message: '' },
    ],
    run: { number: 3, trigger: '2026-03-01T02:00:00.000Z', retryPolicy: 'FailedTables', since: 1 },
    runs: [
      {
        ...{ number: 2, phase: 'Failed', reason: 'TablesFailed', message: '4 of 300 tables failed', tables: '296/300' },
        ...{ failed: 4, rows: 81_000_000, startTime: time(-86_400), completionTime: time(-86_000) },
      },
      {
        ...{
          number: 1,
          phase: 'Complete',
          reason: 'AllTablesLoaded',
          message: 'all tables are loaded',
          tables: '280/280',
        },
        ...{ failed: 0, rows: 80_000_000, startTime: time(-172_800), completionTime: time(-172_350) },
      },
    ],
    drift: [
      { mother: 'orders', versions: 9, added: 4, dropped: 1, retyped: 2 },
      { mother: 'customers', versions: 9, added: 2, dropped: 0, retyped: 0 },
    ],
    startTime: time(0),
    completionTime: time(end),
  });
}

/** madeUpRun numbers its tables as those of the third run. */
export function asRun(report: RunReport, run: number): RunReport {
  return { ...report, tables: report.tables.map((table) => ({ ...table, spec: { ...table.spec, run } })) };
}
