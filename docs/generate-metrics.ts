/** Writes docs/metrics.md from the operator's list: `node docs/generate-metrics.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../operator/engine/metrics.ts';

export const METRICS_FILE = join(import.meta.dirname, 'metrics.md');

const HEADER = `<!-- Generated from operator/engine/metrics.ts by docs/generate-metrics.ts. Do not edit. -->
# The operator's metrics

Each replica serves them at \`/metrics\`, in Prometheus' text format, by default on the port of \`/healthz\` and \`/readyz\`. Replicas that are not the leader
watch, too, so all report the same numbers of DumpIngestions, tables, rows and bytes. Use one of them:
\`max by (phase) (motherload_tables)\`. Histograms have \`_bucket\`, \`_sum\` and \`_count\`, in seconds.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
`;

const FOOTER = `
## Who can read them
By default everybody who reaches the port (\`networkPolicy.metricsFrom\` limits that): they have names of namespaces, DumpIngestions and schedules, and
counts, but no values of dumps. With these values of the chart they are served by https on port 8443, to accounts of the cluster that may read them:

\`\`\`yaml
metrics:
  tls: { issuerRef: { kind: ClusterIssuer, name: internal } } # cert-manager; or secretName: a Secret with tls.crt and tls.key
  authentication: { enabled: true }
  serviceMonitor: { enabled: true }
\`\`\`
\`\`\`sh
kubectl create clusterrolebinding prometheus-motherload --clusterrole motherload-system:motherload-metrics-reader --serviceaccount monitoring:prometheus
\`\`\`

Without that binding Prometheus gets 403, and 401 without a token. The operator asks the apiserver about a token (TokenReview, SubjectAccessReview) at
most once a minute, so a right that is taken away ends within a minute; while the apiserver does not respond, new tokens get 503. \`/healthz\` and
\`/readyz\` stay on port 8080, by http, for the kubelet.

## What to watch
| question | query |
| --- | --- |
| Is a replica active? | \`sum(motherload_leader) == 1\` |
| Is the operator behind? | \`histogram_quantile(0.95, sum by (le) (rate(motherload_queue_latency_seconds_bucket[5m])))\`; an object is reconciled at most once per second, so up to 1 s is normal |
| Do reconciles fail? | \`sum(rate(motherload_reconciles_total{result="error"}[5m])) > 0\`; the log has the errors |
| Does the apiserver have problems, or throttle the operator? | \`sum by (code) (rate(motherload_api_requests_total{code=~"429\\|5.."}[5m])) > 0\` |
| Do connections to the apiserver die in silence, or is it too slow to respond? | \`sum(increase(motherload_api_silences_total[15m])) > 0\` |
| How fast are tables loaded? | \`sum(rate(motherload_job_duration_seconds_count{task="load",result="succeeded"}[5m]))\` |
| Is a nightly load late? | \`max by (namespace, schedule) (motherload_schedule_late_seconds) > 3600\`; the condition Late of the schedule says why |
| Has a nightly load not succeeded for 26 hours? | \`time() - max by (namespace, schedule) (motherload_schedule_last_success_timestamp_seconds) > 26 * 3600\` |
| Has an ingestion failed? | \`max by (phase) (motherload_ingestions{phase="Failed"}) > 0\` |
`;

export function renderMetricsPage(): string {
  const rows = Object.entries(METRICS).map(([name, { type, labels, help }]) => {
    const names = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${names} | ${help} |\n`;
  });
  return `${HEADER}${rows.join('')}${FOOTER}`;
}

if (import.meta.main) writeFileSync(METRICS_FILE, renderMetricsPage());
