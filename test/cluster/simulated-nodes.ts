import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';
import { keptPorts } from './ports.ts';

export interface Simulation {
  readonly nodes: number;
  /** Each container's termination message: a Go template with the pod as `.`. */
  readonly result: string;
  /** The running time of each pod. */
  readonly milliseconds?: number;
  /** The log of every container of a namespace. */
  readonly logs?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Nodes that only claim to run pods (kwok), for scale tests: the scheduler, the controllers and the apiserver are real, but there are no
 * containers. Each pod runs for the given time and succeeds.
 */
export async function startSimulatedNodes(plane: ControlPlane, simulation: Simulation): Promise<void> {
  const { folder, certificates, processes } = plane;
  const ports = await keptPorts(join(folder, 'kwok-ports.json'), ['kwok']);
  await certificates.make('kwok', { name: 'kwok', group: 'system:masters', addresses: ['127.0.0.1'] });
  const configuration = join(folder, 'kwok.yaml');
  const documents = [
    nodeStage(ports.kwok),
    startStage(),
    endStage(simulation),
    ...writeLogs(folder, simulation.logs ?? {}),
  ];
  writeFileSync(configuration, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
  processes.keep('kwok', [
    ...[
      await buildProgram('kwok'),
      `--kubeconfig=${plane.kubeconfig}`,
      `--config=${configuration}`,
      '--manage-all-nodes',
    ],
    // The apiserver requests logs from it as from a kubelet.
    ...['--node-ip=127.0.0.1', `--node-port=${ports.kwok}`, `--server-address=127.0.0.1:${ports.kwok}`],
    ...[`--tls-cert-file=${certificates.certificate('kwok')}`, `--tls-private-key-file=${certificates.key('kwok')}`],
    '--node-lease-duration-seconds=40',
  ]);
  const nodes = Array.from({ length: simulation.nodes }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `simulated-${index}` },
  }));
  await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: nodes }));
  await plane.kubectl(['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s']);
}

const stage = (name: string, kind: 'Node' | 'Pod', spec: object) => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
});
const where = (key: string, operator: 'In' | 'NotIn', value: string) => ({ key, operator, values: [value] });

/** A node is ready at once, with room for any number of pods. */
function nodeStage(port: number): object {
  const resources = '{ cpu: "1000", memory: 1000Gi, pods: "10000", ephemeral-storage: 1000Gi }';
  const statusTemplate = `
conditions: [{ type: Ready, status: "True", reason: Simulated, lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }} }]
addresses: [{ type: InternalIP, address: 127.0.0.1 }]
daemonEndpoints: { kubeletEndpoint: { Port: ${port} } }
allocatable: ${resources}
capacity: ${resources}
`;
  const selector = {
    matchExpressions: [where('.status.conditions.[] | select( .type == "Ready" ) | .status', 'NotIn', 'True')],
  };
  return stage('node-ready', 'Node', { selector, next: { statusTemplate } });
}

function startStage(): object {
  const statusTemplate = `
phase: Running
startTime: {{ Now | Quote }}
conditions: [{ type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }} }]
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0, state: { running: { startedAt: {{ Now | Quote }} } } }
{{ end }}
`;
  return stage('pod-starts', 'Pod', {
    selector: { matchExpressions: [where('.status.phase', 'In', 'Pending')] },
    next: { statusTemplate },
  });
}

function endStage({ result, milliseconds = 0 }: Simulation): object {
  const statusTemplate = `
{{ $message := ${result} }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, finishedAt: {{ Now | Quote }}, startedAt: {{ Now | Quote }}, message: {{ $message | Quote }} } }
{{ end }}
`;
  const selector = {
    matchExpressions: [
      where('.status.phase', 'In', 'Running'),
      where('.metadata.ownerReferences.[].kind', 'In', 'Job'),
    ],
  };
  return stage('pod-ends', 'Pod', {
    selector,
    delay: { durationMilliseconds: milliseconds },
    next: { statusTemplate },
  });
}

/** Log files have the format of the container runtime interface: time, stream, F for a complete line, the line. */
function writeLogs(folder: string, logs: Readonly<Record<string, readonly string[]>>): object[] {
  return Object.entries(logs).map(([namespace, lines]) => {
    const logsFile = join(folder, `simulated-${namespace}.log`);
    const time = new Date().toISOString();
    writeFileSync(logsFile, lines.map((line) => `${time} stdout F ${line}\n`).join(''));
    return {
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      kind: 'ClusterLogs',
      metadata: { name: namespace },
      spec: { selector: { matchNamespaces: [namespace] }, logs: [{ logsFile, follow: false }] },
    };
  });
}
