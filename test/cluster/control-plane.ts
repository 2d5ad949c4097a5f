import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { buildKubernetes } from './binaries.ts';
import { Certificates } from './certificates.ts';
import { eventually, runCommand } from './commands.ts';
import { apiserverFlags, etcdFlags } from './control-plane-flags.ts';
import { takeOwnership } from './owner.ts';
import { keptPorts } from './ports.ts';
import { Processes } from './processes.ts';

export interface ControlPlaneOptions {
  /** Holds everything: certificates, etcd's data, kubeconfig, records and logs of the processes. */
  readonly folder: string;
  /** The apiserver's address, by default the loopback address, which pods cannot reach. */
  readonly address?: string;
  /** The addresses of Services; the first one is the apiserver's. */
  readonly serviceRange?: string;
  /** Whether to start the controllers and the scheduler, for Jobs, pods and garbage collection. Tests of CRDs and clients do not need them. */
  readonly controllers?: boolean;
  /** Additional flags of the apiserver. */
  readonly apiserverFlags?: readonly string[];
}

export interface ControlPlane {
  readonly folder: string;
  readonly address: string;
  readonly apiserverPort: number;
  readonly certificates: Certificates;
  readonly processes: Processes;
  /** A kubeconfig with all permissions. */
  readonly kubeconfig: string;
  /** Returns the output of kubectl; if it fails, the error contains it. */
  kubectl(parameters: readonly string[], input?: string): Promise<string>;
  ready(): Promise<void>;
  /** Kills the processes. Their data belongs to the test. */
  stop(): Promise<void>;
}

/** Starts etcd and the apiserver, and optionally the controllers and the scheduler. What is already running is left unchanged. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const {
    folder,
    address = '127.0.0.1',
    serviceRange = '10.218.0.0/16',
    controllers = false,
    apiserverFlags: more = [],
  } = options;
  const program = await buildKubernetes();
  takeOwnership(folder);
  const ports = await keptPorts(join(folder, 'ports.json'), [
    'etcd',
    'etcdPeers',
    'apiserver',
    'controllers',
    'scheduler',
  ]);
  const certificates = await makeCertificates(join(folder, 'certificates'), address, serviceRange);
  const processes = new Processes(folder);
  const server = `https://${address}:${ports.apiserver}`;
  const kubeconfig = writeKubeconfig(folder, 'admin', server, certificates);
  const plane: ControlPlane = {
    folder,
    address,
    apiserverPort: ports.apiserver,
    certificates,
    processes,
    kubeconfig,
    kubectl: (parameters, input) =>
      runCommand(
        [program, 'kubectl', `--kubeconfig=${kubeconfig}`, ...parameters],
        input === undefined ? {} : { input },
      ),
    ready: () =>
      eventually('the apiserver', 180, async () => {
        await ask(`${server}/readyz`, certificates);
        // The apiserver creates it a moment after it has reported to be ready.
        await ask(`${server}/api/v1/namespaces/default`, certificates);
      }),
    stop: async () => {
      for (const name of processes.names()) await processes.remove(name, 'SIGKILL');
    },
  };
  const files = { folder, certificates };
  processes.start('etcd', [program, 'etcd', ...etcdFlags(files, ports)]);
  processes.start('kube-apiserver', [
    program,
    'kube-apiserver',
    ...apiserverFlags(files, ports, address, serviceRange),
    ...more,
  ]);
  try {
    await plane.ready();
  } catch (error) {
    const complaints = ['etcd', 'kube-apiserver'].map((name) => processes.complaint(name));
    await plane.stop();
    throw new Error(complaints.join('\n'), { cause: error });
  }
  if (controllers) startControllers(plane, program, server, ports);
  return plane;
}

function startControllers(
  plane: ControlPlane,
  program: string,
  server: string,
  ports: { controllers: number; scheduler: number },
): void {
  const { folder, certificates, processes } = plane;
  const controllers = writeKubeconfig(folder, 'kube-controller-manager', server, certificates);
  const scheduler = writeKubeconfig(folder, 'kube-scheduler', server, certificates);
  const local = (kubeconfig: string, port: number) => [
    ...[
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
    ],
    // Only one of each runs, so no leader needs to be elected, and a restart does not have to wait for an old lease.
    ...['--bind-address=127.0.0.1', `--secure-port=${port}`, '--leader-elect=false'],
    // With the default, 20 requests per second, a scale test would measure this limit.
    ...['--kube-api-qps=500', '--kube-api-burst=1000'],
  ];
  processes.keep('kube-controller-manager', [
    ...[program, 'kube-controller-manager', ...local(controllers, ports.controllers)],
    '--use-service-account-credentials',
    `--service-account-private-key-file=${certificates.key('service-accounts')}`,
    `--root-ca-file=${certificates.authority}`,
    `--cluster-signing-cert-file=${certificates.authority}`,
    `--cluster-signing-key-file=${certificates.key('authority')}`,
    // Created if missing, by default in /usr/libexec.
    `--flex-volume-plugin-dir=${join(folder, 'volume-plugins')}`,
  ]);
  processes.keep('kube-scheduler', [program, 'kube-scheduler', ...local(scheduler, ports.scheduler)]);
}

async function makeCertificates(folder: string, address: string, serviceRange: string): Promise<Certificates> {
  const certificates = new Certificates(folder);
  await certificates.makeAuthority();
  const firstService = serviceRange.replace(/\d+\/\d+$/, '1');
  const names = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'localhost',
  ];
  await Promise.all([
    certificates.make('etcd', { name: 'etcd', addresses: ['127.0.0.1'] }),
    certificates.make('apiserver', {
      name: 'kube-apiserver',
      addresses: [...names, '127.0.0.1', firstService, address],
    }),
    certificates.make('admin', { name: 'admin', group: 'system:masters' }),
    certificates.make('kube-controller-manager', { name: 'system:kube-controller-manager' }),
    certificates.make('kube-scheduler', { name: 'system:kube-scheduler' }),
  ]);
  return certificates;
}

/** A kubeconfig with the certificates inside, so that a client needs only this file. JSON is YAML. */
export function writeKubeconfig(folder: string, identity: string, server: string, certificates: Certificates): string {
  const { authority, certificate, key } = certificates.read(identity);
  const file = join(folder, `${identity}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'motherload',
    contexts: [{ name: 'motherload', context: { cluster: 'motherload', user: identity } }],
    clusters: [{ name: 'motherload', cluster: { server, 'certificate-authority-data': authority.toString('base64') } }],
    users: [
      {
        name: identity,
        user: { 'client-certificate-data': certificate.toString('base64'), 'client-key-data': key.toString('base64') },
      },
    ],
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

async function ask(address: string, certificates: Certificates): Promise<void> {
  const { authority, certificate, key } = certificates.read('admin');
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      address,
      { ca: authority, cert: certificate, key, agent: false, timeout: 10_000 },
      (response) => {
        response.resume();
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${address} responds with ${String(response.statusCode)}`));
      },
    );
    sent
      .on('timeout', () => sent.destroy(new Error(`${address} does not respond`)))
      .on('error', reject)
      .end();
  });
}
