import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { API_VERSION } from '../../../operator/build/table-ingestion.ts';
import { accessByKubeconfig } from '../../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';
import { startControlPlane, type ControlPlane } from '../control-plane.ts';
import { OPERATOR_NAMESPACE, prepareOperator, startOperator } from '../operator-process.ts';
import { startSimulatedNodes } from '../simulated-nodes.ts';
import { auditFlags, readAudit, type Requests } from './audit.ts';
import { createFinishedRuns } from './finished-runs.ts';
import { countsOf, makeCatalogue, resultTemplate, runnerLog } from './catalogue.ts';

export interface Scale {
  /** Of each run. */
  readonly tables: number;
  readonly maxParallelJobs: number;
  /** Runs at the same time, each in a namespace of its own; by default one. */
  readonly active?: number;
  /** Runs that have ended before the operator starts, with ten tables each. */
  readonly finished?: number;
}

/** The cost of a run. Memory and CPU are those of the operator's process. */
export interface Measurement extends Scale {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly megabytesAtStart: number;
  readonly requests: Requests;
  /** Of the first active run. */
  readonly status: DumpIngestionStatus;
  /** The number of its TableIngestions in each phase, and their rows. */
  readonly tablesByPhase: Readonly<Record<string, { readonly tables: number; readonly rows: number }>>;
  readonly expected: ReturnType<typeof countsOf>;
  /** The operator's own /metrics. */
  readonly metrics: string;
}

const RUNNER_MILLISECONDS = 1000;
const FINISHED_TABLES = 10;

/** Lets the operator load a catalogue with this many tables, on a real control plane with simulated nodes. */
export async function measureScale(scale: Scale): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-scale-'));
  const flags = auditFlags(folder, `system:serviceaccount:${OPERATOR_NAMESPACE}:operator`);
  const plane = await startControlPlane({ folder, controllers: true, apiserverFlags: flags });
  try {
    return await measureOn(plane, scale);
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureOn(plane: ControlPlane, scale: Scale): Promise<Measurement> {
  const catalogue = makeCatalogue('scale', scale.tables);
  const namespaces = Array.from({ length: scale.active ?? 1 }, (_, index) => `scale-${index}`);
  const log = runnerLog(catalogue);
  await startSimulatedNodes(plane, {
    nodes: 5,
    result: resultTemplate(catalogue),
    milliseconds: RUNNER_MILLISECONDS,
    logs: Object.fromEntries(namespaces.map((namespace) => [namespace, log])),
  });
  for (const namespace of [...namespaces, 'finished']) await plane.kubectl(['create', 'namespace', namespace]);
  const kubeconfig = await prepareOperator(plane);
  const api = new KubernetesApi(await accessByKubeconfig(plane.kubeconfig));
  await createFinishedRuns(api, 'finished', scale.finished ?? 0, FINISHED_TABLES);
  const operator = await startOperator(plane, '', 'scale', asInPod(plane, kubeconfig));
  try {
    const before = readProcess(operator.child.pid);
    const began = Date.now();
    const items = namespaces.map((namespace) => manifest(namespace, scale.maxParallelJobs));
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    for (const namespace of namespaces) await waitForEnd(plane, namespace);
    const seconds = (Date.now() - began) / 1000;
    const after = readProcess(operator.child.pid);
    const { text: metrics } = await operator.ask('/metrics');
    const [first = ''] = namespaces;
    return {
      ...scale,
      ...{ seconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds },
      ...{ peakMegabytes: after.peakMegabytes, megabytesAtStart: before.peakMegabytes },
      requests: await readAudit(plane.folder),
      status: (
        JSON.parse(await plane.kubectl(['-n', first, 'get', 'di', 'scale', '-o', 'json'])) as {
          status: DumpIngestionStatus;
        }
      ).status,
      tablesByPhase: await countTables(plane, first),
      expected: countsOf(catalogue),
      metrics,
    };
  } finally {
    await operator.stop();
  }
}

/** A pod's environment, so that the operator is measured as it runs in a pod. */
export function asInPod(plane: ControlPlane, kubeconfig: string): Record<string, string> {
  const folder = join(plane.folder, 'service-account');
  mkdirSync(folder);
  const { users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] };
  writeFileSync(join(folder, 'token'), users[0].user.token);
  copyFileSync(plane.certificates.authority, join(folder, 'ca.crt'));
  const { address, apiserverPort } = plane;
  const place = { KUBERNETES_SERVICE_HOST: address, KUBERNETES_SERVICE_PORT: String(apiserverPort) };
  // One replica, since on a machine that is busy with a whole cluster the Lease might expire.
  return { ...place, MOTHERLOAD_SERVICE_ACCOUNT_FOLDER: folder, MOTHERLOAD_LEADER_ELECTION: 'false' };
}

function manifest(namespace: string, maxParallelJobs: number): object {
  return {
    apiVersion: API_VERSION,
    kind: 'DumpIngestion',
    metadata: { name: 'scale', namespace },
    spec: {
      // For a claim the scheduler would search a volume; nobody checks this one.
      source: { volume: { nfs: { server: 'dumps.invalid', path: '/dumps' } } },
      target: { databaseSecretRef: { name: 'database' } },
      loading: { maxParallelJobs },
    },
  };
}

/** Waits until it is complete or has failed. */
async function waitForEnd(plane: ControlPlane, namespace: string): Promise<void> {
  const wait = ['-n', namespace, 'wait', '--for=jsonpath={.status.completionTime}', 'di/scale', '--timeout=7200s'];
  await plane.kubectl(wait);
}

async function countTables(plane: ControlPlane, namespace: string): Promise<Measurement['tablesByPhase']> {
  const path = '{range .items[*]}{.status.phase} {.status.rows}{"\\n"}{end}';
  const lines = (await plane.kubectl(['-n', namespace, 'get', 'ti', '-o', `jsonpath=${path}`])).trim().split('\n');
  const counts: Record<string, { tables: number; rows: number }> = {};
  for (const [phase = '', rows = ''] of lines.map((line) => line.split(' '))) {
    const count = (counts[phase] ??= { tables: 0, rows: 0 });
    count.tables++;
    count.rows += Number(rows);
  }
  return counts;
}

/** Linux counts CPU time in hundredths of a second (proc(5), sysconf(3)). */
export function readProcess(pid = 0): { cpuSeconds: number; peakMegabytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMegabytes: Number(peak) / 1024 };
}
