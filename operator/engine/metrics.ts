/**
 * Every metric that the operator exposes; the documentation and the dashboard are based on this list.
 * Names and units follow https://prometheus.io/docs/practices/naming/
 */
export const METRICS = {
  motherload_reconciles_total: {
    type: 'counter',
    labels: ['kind', 'result'],
    help: 'Reconciles of DumpIngestions and ScheduledDumpIngestions, by result: success or error.',
  },
  motherload_reconcile_duration_seconds: { type: 'histogram', labels: ['kind'], help: 'Duration of reconciles.' },
  motherload_queue_depth: { type: 'gauge', labels: ['kind'], help: 'Objects waiting to be reconciled.' },
  motherload_queue_latency_seconds: {
    type: 'histogram',
    labels: ['kind'],
    help: 'How long objects waited to be reconciled.',
  },
  motherload_api_requests_total: {
    type: 'counter',
    labels: ['method', 'resource', 'code'],
    help: 'Responses of the apiserver, by method, resource (for example pods/log) and HTTP status code.',
  },
  motherload_api_silences_total: {
    type: 'counter',
    labels: [],
    help: 'Requests to the apiserver without a response in time. If their connection was not new, they were sent again by a new one.',
  },
  motherload_watch_failures_total: { type: 'counter', labels: ['resource'], help: 'Watches that ended with an error.' },
  motherload_relists_total: {
    type: 'counter',
    labels: ['resource'],
    help: 'Full lists of a resource.',
  },
  motherload_leader: { type: 'gauge', labels: [], help: '1 if this replica is the leader, else 0.' },
  motherload_ingestions: { type: 'gauge', labels: ['phase'], help: 'DumpIngestions by phase.' },
  motherload_tables: { type: 'gauge', labels: ['phase'], help: 'TableIngestions by phase.' },
  motherload_loaded_rows: {
    type: 'gauge',
    labels: ['namespace', 'ingestion'],
    help: 'Rows loaded by a DumpIngestion.',
  },
  motherload_loaded_bytes: {
    type: 'gauge',
    labels: ['namespace', 'ingestion'],
    help: 'Bytes of DAT text loaded by a DumpIngestion.',
  },
  motherload_resource_bytes: {
    type: 'gauge',
    labels: ['namespace', 'resource'],
    help: 'Size of the DumpIngestions, ScheduledDumpIngestions and TableIngestions of a namespace, as the apiserver sends them.',
  },
  motherload_schedules: {
    type: 'gauge',
    labels: ['state'],
    help: 'ScheduledDumpIngestions by state: Scheduled, Suspended, Late, or Invalid (its schedule or time zone is not valid).',
  },
  motherload_schedule_late_seconds: {
    type: 'gauge',
    labels: ['namespace', 'schedule'],
    help: 'How long ago the first run was due that should have started since the last one did; 0 if none.',
  },
  motherload_schedule_last_success_timestamp_seconds: {
    type: 'gauge',
    labels: ['namespace', 'schedule'],
    help: 'When a run of a ScheduledDumpIngestion last ended successfully, in seconds since 1970.',
  },
  motherload_job_duration_seconds: {
    type: 'histogram',
    labels: ['task', 'result'],
    help: 'Duration of Jobs from start to end, including all attempts, by result: succeeded or failed.',
  },
  process_resident_memory_bytes: { type: 'gauge', labels: [], help: 'Resident memory of this process.' },
  process_cpu_seconds_total: { type: 'counter', labels: [], help: 'CPU time of this process.' },
} as const satisfies Record<
  string,
  { readonly type: 'counter' | 'gauge' | 'histogram'; readonly labels: readonly string[]; readonly help: string }
>;

export type MetricName = keyof typeof METRICS;
type Labels = Readonly<Record<string, string | number>>;

/** Upper bounds in seconds: from a reconcile of a few milliseconds to a load of hours. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 300, 1800, 7200];

interface Observation {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Values by metric and labels, and their text for Prometheus. */
export class Metrics {
  readonly #values = new Map<MetricName, Map<string, number>>();
  readonly #observations = new Map<MetricName, Map<string, Observation>>();

  /** Adds to a counter. */
  count(name: MetricName, labels: Labels = {}, by = 1): void {
    const values = this.#valuesOf(name);
    const key = labelText(name, labels);
    values.set(key, (values.get(key) ?? 0) + by);
  }

  /** Sets a gauge, or a counter that is counted elsewhere. */
  set(name: MetricName, value: number, labels: Labels = {}): void {
    this.#valuesOf(name).set(labelText(name, labels), value);
  }

  /** Removes a gauge's values, so that deleted objects are no longer reported. */
  clear(name: MetricName): void {
    this.#values.delete(name);
  }

  /** Adds a duration in seconds to a histogram. */
  observe(name: MetricName, seconds: number, labels: Labels = {}): void {
    const observations = this.#observations.get(name) ?? new Map<string, Observation>();
    this.#observations.set(name, observations);
    const key = labelText(name, labels);
    const observation = observations.get(key) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    observations.set(key, observation);
    BUCKETS.forEach((bound, index) => {
      if (seconds <= bound) observation.counts[index] = (observation.counts[index] ?? 0) + 1;
    });
    observation.sum += seconds;
    observation.count++;
  }

  /** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
  render(): string {
    return (Object.keys(METRICS) as MetricName[]).map((name) => this.#renderMetric(name)).join('');
  }

  #renderMetric(name: MetricName): string {
    const { type, help, labels } = METRICS[name];
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
    for (const [key, value] of this.#values.get(name) ?? []) lines.push(`${name}${braced(key)} ${value}`);
    if (type === 'histogram') lines.push(...this.#renderHistogram(name));
    else if (labels.length === 0 && !this.#values.has(name)) lines.push(`${name} 0`);
    return `${lines.join('\n')}\n`;
  }

  #renderHistogram(name: MetricName): string[] {
    return [...(this.#observations.get(name) ?? [])].flatMap(([key, { counts, sum, count }]) => [
      ...BUCKETS.map((bound, index) => `${name}_bucket${braced(key, `le="${bound}"`)} ${counts[index] ?? 0}`),
      `${name}_bucket${braced(key, 'le="+Inf"')} ${count}`,
      `${name}_sum${braced(key)} ${sum}`,
      `${name}_count${braced(key)} ${count}`,
    ]);
  }

  #valuesOf(name: MetricName): Map<string, number> {
    const values = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, values);
    return values;
  }
}

/** The labels in the order of METRICS, so that one set of labels always has one text. */
function labelText(name: MetricName, labels: Labels): string {
  return METRICS[name].labels
    .map((label) => [label, String(labels[label] ?? '')] as const)
    .map(
      ([label, value]) => `${label}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
}

function braced(...parts: string[]): string {
  const text = parts.filter((part) => part !== '').join(',');
  return text === '' ? '' : `{${text}}`;
}
