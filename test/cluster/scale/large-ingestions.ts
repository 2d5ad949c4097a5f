import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapInParallel } from '../../../crds/contract/in-parallel.ts';
import { API_VERSION } from '../../../operator/build/table-ingestion.ts';
import { accessByKubeconfig } from '../../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';
import { pathOf } from '../../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS } from '../../../operator/kubernetes/client/resources.ts';
import { eventually } from '../commands.ts';
import { startControlPlane, type ControlPlane } from '../control-plane.ts';
import { prepareOperator, startOperator } from '../operator-process.ts';
import { asInPod, readProcess } from './run-scale.ts';

export interface LargeIngestions {
  /** Of the largest resident set of an operator that starts without them, and of one that starts with them and has reconciled all. */
  readonly megabytes: readonly [without: number, withThem: number];
  /** Of one of them, as it is sent. */
  readonly bytes: number;
  /** What the metric says of the namespace. */
  readonly metricBytes: number;
  /** From the start of the operator until a small DumpIngestion of another namespace, which comes last by its name, has its status. */
  readonly seconds: number;
}

const NAMESPACE = 'large';
const PARALLEL = 4;
const TABLES = 150;
const LABELS = 1800;

/** One tenant has many DumpIngestions of nearly a megabyte, which no one may be allowed to load: they are suspended. */
export async function measureLargeIngestions(count: number): Promise<LargeIngestions> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-large-'));
  const plane = await startControlPlane({ folder });
  try {
    const environment = asInPod(plane, await prepareOperator(plane));
    const api = new KubernetesApi(await accessByKubeconfig(plane.kubeconfig));
    for (const namespace of [NAMESPACE, 'other']) await plane.kubectl(['create', 'namespace', namespace]);
    const without = await peakOf(plane, environment, 'without', () => Promise.resolve());
    const large = manifest();
    const names = Array.from({ length: count }, (_, index) => `large-${index}`);
    await mapInParallel(names, PARALLEL, async (name) => {
      await api.request('POST', pathOf(DUMP_INGESTIONS, NAMESPACE), { body: named(large, name, NAMESPACE) });
    });
    const small = { ...large, metadata: {}, spec: { ...large.spec, motherTables: {} } };
    await api.request('POST', pathOf(DUMP_INGESTIONS, 'other'), { body: named(small, 'small', 'other') });
    let [seconds, metricBytes] = [0, 0];
    const withThem = await peakOf(plane, environment, 'with', async (ask) => {
      const began = Date.now();
      await eventually('the status of the other tenant', 300, async () => {
        const phase = await plane.kubectl(['-n', 'other', 'get', 'di', 'small', '-o', 'jsonpath={.status.phase}']);
        if (phase !== 'Suspended') throw new Error(phase);
      });
      seconds = (Date.now() - began) / 1000;
      // Whoever asked the apiserver for all would keep it busy with that.
      const suspended = new RegExp(String.raw`^motherload_ingestions\{phase="Suspended"\} ${count + 1}$`, 'm');
      await eventually('all statuses', 900, async () => {
        const metrics = await ask('/metrics');
        if (!suspended.test(metrics)) throw new Error(/^motherload_ingestions.*/m.exec(metrics)?.[0] ?? 'no metric');
      });
      const metric = /^motherload_resource_bytes\{namespace="large",resource="dumpingestions"\} (\d+)$/m;
      await eventually('the metric', 90, async () => {
        const found = metric.exec(await ask('/metrics'));
        if (found === null) throw new Error('there is none');
        metricBytes = Number(found[1]);
      });
    });
    return { megabytes: [without, withThem], bytes: JSON.stringify(large).length, metricBytes, seconds };
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function peakOf(
  plane: ControlPlane,
  environment: Readonly<Record<string, string>>,
  name: string,
  work: (ask: (path: string) => Promise<string>) => Promise<void>,
): Promise<number> {
  const operator = await startOperator(plane, '', name, environment);
  try {
    await work(async (path) => (await operator.ask(path)).text);
    return readProcess(operator.child.pid).peakMegabytes;
  } finally {
    await operator.stop();
  }
}

function manifest() {
  const definitions = Array.from({ length: TABLES }, (_, table) => ({
    name: `table_${table}`.padEnd(63, '_'),
    columns: Array.from({ length: 60 }, (_, column) => ({ name: `column_${column}`.padEnd(50, '_'), type: 'text' })),
  }));
  const labels = Array.from({ length: LABELS }, (_, label) => [`label-${label}`.padEnd(60, 'x'), 'x'.repeat(60)]);
  return {
    metadata: { labels: Object.fromEntries(labels) as Record<string, string> },
    spec: {
      source: { volume: { nfs: { server: 'dumps.invalid', path: '/dumps' } } },
      target: { databaseSecretRef: { name: 'database' } },
      suspend: true,
      motherTables: { definitions },
    },
  };
}

function named({ metadata, ...rest }: { metadata: object; spec: object }, name: string, namespace: string): object {
  return { apiVersion: API_VERSION, kind: 'DumpIngestion', metadata: { ...metadata, name, namespace }, ...rest };
}
