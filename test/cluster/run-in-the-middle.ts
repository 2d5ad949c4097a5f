import type { RunReport } from '../../bin/report/run-report.ts';
import { LABELS } from '../../crds/contract/names.ts';
import { loadedTable, tableNamed } from '../bin/report/made-up-run.ts';

const UNSCHEDULABLE = '0/1 nodes are available: 1 node(s) did not match Pod node affinity';
const progressing = (status: 'True' | 'False', reason: string, message: string) => ({
  conditions: [{ type: 'Progressing', status, reason, message, lastTransitionTime: '2026-03-01T02:00:00Z' }],
});
const FAILURE = {
  kind: 'Data',
  code: 'BadValue',
  message: 'fix the dump',
  file: 'crm_v7.zip:users.dat',
  line: 3,
} as const;

/** A run in the middle, as the operator would have written it. */
export const MIDDLE: Pick<RunReport, 'ingestion' | 'tables'> = {
  ingestion: {
    ...{ phase: 'Loading', percent: 40, rows: 12_000, rejects: 2, megabytesPerSecond: '84.2' },
    tables: { summary: '2/7', total: 7, pending: 2, running: 1, loaded: 2, alreadyLoaded: 1, failed: 1 },
    ...{ startTime: '2026-03-01T02:00:00Z', catalogueSeconds: 1.5, run: { number: 2, trigger: 'again', since: 1 } },
    conditions: [
      ...progressing('True', 'Loading', 'Tables are being loaded.').conditions,
      {
        type: 'Catalogued',
        status: 'True',
        reason: 'Catalogued',
        message: '',
        lastTransitionTime: '2026-03-01T02:00:00Z',
      },
    ],
  },
  tables: [
    tableNamed('v7_orders', { phase: 'Running', jobName: 'orders', percent: 30, rows: 2000, attempts: 1 }),
    tableNamed('v7_lines', {
      phase: 'Pending',
      jobName: 'lines',
      ...progressing('False', 'Unschedulable', UNSCHEDULABLE),
    }),
    // The operator has not seen yet why its pod waits.
    tableNamed('v7_stock', { phase: 'Pending', jobName: 'stock', ...progressing('True', 'Starting', 'it starts') }),
    tableNamed('v7_users', { phase: 'Failed', jobName: 'users', failure: FAILURE }),
    loadedTable('v7_bills', 0, 5, { rejects: 2, firstRejects: ['line 9, column born: no such date (Sql22008)'] }),
    loadedTable('v7_bikes', 0, 5),
    loadedTable('v6_bikes', 0, 5, { phase: 'AlreadyLoaded' }),
  ],
};

/** A Job as the operator creates it, as far as the plugin reads it. */
export const runnerJob = (name: string, spec: object = {}, labels: Record<string, string> = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, labels: { [LABELS.ingestion]: 'nightly', ...labels } },
  spec: {
    template: {
      metadata: { labels: { [LABELS.ingestion]: 'nightly', ...labels } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'runner', image: 'none' }], ...spec },
    },
  },
});
