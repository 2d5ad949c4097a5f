import type { MetricName } from '../../operator/engine/metrics.ts';

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: 'timeseries' | 'stat';
  /** A unit of Grafana: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
  readonly unit: string;
  readonly queries: readonly (readonly [legend: string, promql: string])[];
  readonly width: number;
}

const m = (name: MetricName) => name;
const quantile = (metric: MetricName, by: string, of = 0.95) =>
  `histogram_quantile(${of}, max by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket[$__rate_interval])))`;

/** Every replica reports the same numbers about the cluster, hence max and not sum. */
const PANELS: readonly Panel[] = [
  {
    title: 'Runs',
    description: 'DumpIngestions by phase.',
    ...{ type: 'stat', unit: 'short', width: 12 },
    queries: [['{{phase}}', `max by (phase) (${m('motherload_ingestions')})`]],
  },
  {
    title: 'Tables',
    description: 'TableIngestions by phase.',
    ...{ type: 'stat', unit: 'short', width: 12 },
    queries: [['{{phase}}', `max by (phase) (${m('motherload_tables')})`]],
  },
  {
    title: 'Bytes loaded',
    description: 'DAT text loaded per second, by DumpIngestion. The status is written at most once per second.',
    ...{ type: 'timeseries', unit: 'Bps', width: 12 },
    queries: [
      [
        '{{namespace}}/{{ingestion}}',
        `max by (namespace, ingestion) (deriv(${m('motherload_loaded_bytes')}[$__rate_interval])) > 0`,
      ],
    ],
  },
  {
    title: 'Rows',
    description: 'Rows loaded so far, by DumpIngestion.',
    ...{ type: 'timeseries', unit: 'short', width: 12 },
    queries: [['{{namespace}}/{{ingestion}}', `max by (namespace, ingestion) (${m('motherload_loaded_rows')})`]],
  },
  {
    title: 'Duration of Jobs',
    description: '95th percentile of the Jobs that ended.',
    ...{ type: 'timeseries', unit: 's', width: 12 },
    queries: [['{{task}} {{result}}', quantile('motherload_job_duration_seconds', 'task, result')]],
  },
  {
    title: 'Reconciles',
    description: 'Reconciles per second, by result.',
    ...{ type: 'timeseries', unit: 'ops', width: 12 },
    queries: [['{{result}}', `sum by (result) (rate(${m('motherload_reconciles_total')}[$__rate_interval]))`]],
  },
  {
    title: 'Schedules',
    description: 'ScheduledDumpIngestions by state.',
    ...{ type: 'stat', unit: 'short', width: 12 },
    queries: [['{{state}}', `max by (state) (${m('motherload_schedules')})`]],
  },
  {
    title: 'Late runs',
    description: 'How long ago a run was due that has not started, by ScheduledDumpIngestion.',
    ...{ type: 'timeseries', unit: 's', width: 12 },
    queries: [
      ['{{namespace}}/{{schedule}}', `max by (namespace, schedule) (${m('motherload_schedule_late_seconds')}) > 0`],
    ],
  },
  {
    title: 'Last success',
    description: 'How long ago a run last ended successfully, by ScheduledDumpIngestion.',
    ...{ type: 'timeseries', unit: 's', width: 24 },
    queries: [
      [
        '{{namespace}}/{{schedule}}',
        `time() - max by (namespace, schedule) (${m('motherload_schedule_last_success_timestamp_seconds')})`,
      ],
    ],
  },
  {
    title: 'Queue',
    description: 'DumpIngestions and ScheduledDumpIngestions waiting to be reconciled.',
    ...{ type: 'timeseries', unit: 'short', width: 8 },
    queries: [['{{kind}}', `max by (kind) (${m('motherload_queue_depth')})`]],
  },
  {
    title: 'Waiting and reconciling',
    description: '95th percentile.',
    ...{ type: 'timeseries', unit: 's', width: 8 },
    queries: [
      ['{{kind}} waiting', quantile('motherload_queue_latency_seconds', 'kind')],
      ['{{kind}} reconciling', quantile('motherload_reconcile_duration_seconds', 'kind')],
    ],
  },
  {
    title: 'Requests to the apiserver',
    description: 'Requests per second, by resource and status code.',
    ...{ type: 'timeseries', unit: 'reqps', width: 8 },
    queries: [
      [
        '{{method}} {{resource}} {{code}}',
        `sum by (method, resource, code) (rate(${m('motherload_api_requests_total')}[$__rate_interval])) > 0`,
      ],
    ],
  },
  {
    title: 'Watches',
    description: 'Failed watches, full lists and requests without a response per hour.',
    ...{ type: 'timeseries', unit: 'short', width: 8 },
    queries: [
      ['{{resource}} failed', `sum by (resource) (increase(${m('motherload_watch_failures_total')}[1h]))`],
      ['{{resource}} listed', `sum by (resource) (increase(${m('motherload_relists_total')}[1h]))`],
      ['without a response', `sum(increase(${m('motherload_api_silences_total')}[1h]))`],
    ],
  },
  {
    title: 'Size of resources',
    description: 'DumpIngestions and TableIngestions, by namespace.',
    ...{ type: 'timeseries', unit: 'bytes', width: 8 },
    queries: [['{{namespace}} {{resource}}', `max by (namespace, resource) (${m('motherload_resource_bytes')}) > 1e6`]],
  },
  {
    title: 'Memory',
    description: 'Resident memory of each replica.',
    ...{ type: 'timeseries', unit: 'bytes', width: 8 },
    queries: [['{{pod}}', `${m('process_resident_memory_bytes')} and on (instance) ${m('motherload_leader')}`]],
  },
  {
    title: 'CPU',
    description: 'CPU usage of each replica, in cores.',
    ...{ type: 'timeseries', unit: 'short', width: 8 },
    queries: [
      [
        '{{pod}}',
        `rate(${m('process_cpu_seconds_total')}[$__rate_interval]) and on (instance) ${m('motherload_leader')}`,
      ],
    ],
  },
];

/** The dashboard as Grafana imports it: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function renderDashboard(): object {
  return {
    uid: 'motherload',
    title: 'Motherload',
    description: 'DumpIngestions, their tables, and the operator.',
    tags: ['motherload', 'postgresql'],
    schemaVersion: 39,
    editable: true,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' }] },
    panels: placed(PANELS),
  };
}

/** Panels from left to right, in rows of Grafana's 24 columns. */
function placed(panels: readonly Panel[]): object[] {
  const height = 8;
  let [x, y] = [0, 0];
  return panels.map(({ title, description, type, unit, queries, width }, index) => {
    if (x + width > 24) [x, y] = [0, y + height];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    const datasource = { type: 'prometheus', uid: '${datasource}' };
    const targets = queries.map(([legendFormat, expr], query) => ({
      refId: String.fromCharCode(65 + query),
      datasource,
      expr,
      legendFormat,
    }));
    return {
      id: index + 1,
      title,
      description,
      type,
      datasource,
      gridPos,
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets,
    };
  });
}
