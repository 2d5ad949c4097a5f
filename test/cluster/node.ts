import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKubernetes, buildProgram } from './binaries.ts';
import { eventually, runCommand } from './commands.ts';
import { writeKubeconfig, type ControlPlane } from './control-plane.ts';
import { buildPauseImage, importImage, PAUSE_IMAGE } from './images.ts';
import { BRIDGE_ADDRESS, networkConfiguration, POD_RANGE } from './network.ts';
import { keptPorts } from './ports.ts';

export const NODE_NAME = 'motherload';
/** Pods can only use port 53, so the name server needs an address of its own. */
const DNS_ADDRESS = BRIDGE_ADDRESS;

/** The socket of the node's containerd. */
export function containerdSocket(folder: string): string {
  return join(folder, 'run', 'containerd.sock');
}

/** Starts a real node: containerd with runc, the kubelet, kube-proxy with nftables, CoreDNS. */
export async function startNode(plane: ControlPlane): Promise<void> {
  const { folder, processes, certificates } = plane;
  const server = `https://${plane.address}:${plane.apiserverPort}`;
  const kubernetes = await buildKubernetes();
  const ports = await keptPorts(join(folder, 'node-ports.json'), ['kubelet', 'proxy', 'proxyMetrics', 'coredns']);
  await Promise.all([
    certificates.make('kubelet', {
      name: `system:node:${NODE_NAME}`,
      group: 'system:nodes',
      addresses: [NODE_NAME, BRIDGE_ADDRESS],
    }),
    certificates.make('kube-proxy', { name: 'system:kube-proxy' }),
    certificates.make('coredns', { name: 'system:coredns' }),
  ]);
  const kubeconfig = (identity: string) => `--kubeconfig=${writeKubeconfig(folder, identity, server, certificates)}`;

  await startContainerd(plane);
  const kubelet = writeJson(folder, 'kubelet.json', kubeletConfiguration(plane, ports.kubelet));
  const identity = [
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${BRIDGE_ADDRESS}`,
    `--root-dir=${join(folder, 'kubelet')}`,
  ];
  processes.keep('kubelet', [kubernetes, 'kubelet', `--config=${kubelet}`, kubeconfig('kubelet'), ...identity]);

  const proxy = writeJson(folder, 'kube-proxy.json', proxyConfiguration(folder, ports));
  writeKubeconfig(folder, 'kube-proxy', server, certificates);
  processes.keep('kube-proxy', [kubernetes, 'kube-proxy', `--config=${proxy}`, `--hostname-override=${NODE_NAME}`]);

  await plane.kubectl(['apply', '-f', '-'], JSON.stringify(DNS_RIGHTS));
  const corefile = join(folder, 'Corefile');
  writeFileSync(
    corefile,
    nameServerConfiguration(writeKubeconfig(folder, 'coredns', server, certificates), ports.coredns),
  );
  processes.keep('coredns', [await buildProgram('coredns'), '-conf', corefile]);

  await eventually('the node', 180, async () => {
    await plane.kubectl(['wait', '--for=condition=Ready', `node/${NODE_NAME}`, '--timeout=5s']);
  }).catch((error: unknown) => {
    throw new Error(`${processes.complaint('kubelet')}\n${processes.complaint('containerd')}`, { cause: error });
  });
}

async function startContainerd(plane: ControlPlane): Promise<void> {
  const { folder, processes } = plane;
  const socket = containerdSocket(folder);
  const network = join(folder, 'cni');
  mkdirSync(network, { recursive: true });
  mkdirSync(join(folder, 'run'), { recursive: true });
  writeJson(network, '10-motherload.conflist', networkConfiguration(join(folder, 'cni-leases')));
  const file = join(folder, 'containerd.toml');
  writeFileSync(file, containerdConfiguration(folder, socket, network));
  processes.start('containerd', ['containerd', '--config', file]);
  await eventually('containerd', 120, () => runCommand(['ctr', '--address', socket, 'version'])).catch(
    (error: unknown) => {
      throw new Error(processes.complaint('containerd'), { cause: error });
    },
  );
  await importImage(folder, await buildPauseImage(folder));
}

function containerdConfiguration(folder: string, socket: string, network: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'run', 'containerd')}"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # A machine that is itself a container or a small VM lacks CAP_SYS_RESOURCE, and runc fails to lower the score.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${network}"
`;
}

function kubeletConfiguration({ folder, certificates }: ControlPlane, healthPort: number): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: BRIDGE_ADDRESS,
    healthzBindAddress: '127.0.0.1',
    healthzPort: healthPort,
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
    authentication: {
      x509: { clientCAFile: certificates.authority },
      webhook: { enabled: true },
      anonymous: { enabled: false },
    },
    authorization: { mode: 'Webhook' },
    // Signed by the cluster's authority, or `kubectl logs` would fail with an x509 error.
    tlsCertFile: certificates.certificate('kubelet'),
    tlsPrivateKeyFile: certificates.key('kubelet'),
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [DNS_ADDRESS],
    resolvConf: '',
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    // Images are imported and cannot be pulled again, and a developer's disk is often nearly full.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
  };
}

/**
 * Two pods on one bridge reply to each other directly, without the machine's address translation. A pod that sent a request to a Service would
 * reject a reply from another address, so `masqueradeAll` routes it through the machine. The machine's conntrack settings are left unchanged.
 */
function proxyConfiguration(folder: string, ports: { proxy: number; proxyMetrics: number }): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: join(folder, 'kube-proxy.kubeconfig') },
    clusterCIDR: POD_RANGE,
    nftables: { masqueradeAll: true },
    nodePortAddresses: [POD_RANGE],
    bindAddress: '0.0.0.0',
    healthzBindAddress: `127.0.0.1:${ports.proxy}`,
    metricsBindAddress: `127.0.0.1:${ports.proxyMetrics}`,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

function nameServerConfiguration(kubeconfig: string, healthPort: number): string {
  return `.:53 {
  bind ${DNS_ADDRESS}
  errors
  health 127.0.0.1:${healthPort}
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
  }
}
`;
}

const DNS_RIGHTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'motherload-test-bed:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'motherload-test-bed:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'motherload-test-bed:coredns' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:coredns' }],
    },
  ],
};

function writeJson(folder: string, name: string, value: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value, null, 2));
  return file;
}
