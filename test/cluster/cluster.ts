import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unmountStorage } from './buildah.ts';
import { runCommand, succeeds } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { startDatabase, stopDatabase, type ClusterDatabase } from './database.ts';
import { BRIDGE_ADDRESS, makeNetwork, removeNetwork, SERVICE_RANGE } from './network.ts';
import { containerdSocket, startNode } from './node.ts';
import { takeOwnership } from './owner.ts';
import { installNodePackages } from './packages.ts';
import { Processes } from './processes.ts';

export const DEFAULT_FOLDER = '/var/lib/motherload-cluster';

/** Folders that the node's programs create outside the cluster's folder. They are removed at the end unless they existed before. */
export const OUTSIDE = [
  '/etc/cni',
  '/opt/containerd',
  '/run/containerd',
  '/run/containers',
  '/run/netns',
  '/var/lib/cni',
  '/var/lib/containers',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/log/pods',
] as const;
const CONTROL_GROUP = 'kubepods';

export interface Cluster extends ControlPlane {
  readonly database: ClusterDatabase;
}

/** Starts a cluster with one node, and a PostgreSQL beside it. What is already running is left unchanged. */
export async function startCluster(folder = DEFAULT_FOLDER): Promise<Cluster> {
  await installNodePackages();
  const notes = join(folder, 'notes');
  if (!existsSync(notes)) {
    const foreign = controlGroups().find((group) => existsSync(group));
    if (foreign !== undefined)
      throw new Error(`another kubelet is running on this machine (${foreign}): stop it first`);
    mkdirSync(notes, { recursive: true });
    writeFileSync(join(notes, 'outside.json'), JSON.stringify(OUTSIDE.filter((path) => !existsSync(path))));
  }
  takeOwnership(folder);
  await makeNetwork(join(notes, 'forwarding'));
  const plane = await startControlPlane({
    folder,
    address: BRIDGE_ADDRESS,
    serviceRange: SERVICE_RANGE,
    controllers: true,
  });
  const [database] = await Promise.all([startDatabase(plane), startNode(plane)]);
  return { ...plane, database, stop: () => stopCluster(folder) };
}

/** Ends all processes of the cluster and removes everything that it created, even if it was started or stopped only partly. */
export async function stopCluster(folder = DEFAULT_FOLDER): Promise<void> {
  const notes = join(folder, 'notes');
  if (!existsSync(notes)) return;
  const processes = new Processes(folder);
  await stopDatabase(processes);
  // Killed, since an orderly shutdown takes half a minute and their data is removed anyway.
  for (const name of ['kubelet', 'kube-proxy', 'coredns']) await processes.remove(name, 'SIGKILL');
  if (processes.isRunning('containerd')) await removeContainers(containerdSocket(folder));
  for (const name of processes.names()) await processes.remove(name, 'SIGKILL');
  await removeMounts([folder, '/run/netns']);
  await unmountStorage();
  await removeNetwork(join(notes, 'forwarding'));
  for (const group of controlGroups()) removeControlGroup(group);
  for (const path of JSON.parse(readFileSync(join(notes, 'outside.json'), 'utf8')) as string[]) {
    await removeMounts([path]);
    rmSync(path, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Each container has a shim process, which keeps running after containerd has ended, until its last task is removed. */
async function removeContainers(socket: string): Promise<void> {
  const ctr = ['ctr', '--address', socket, '--namespace', 'k8s.io'];
  const listed = async (what: string) =>
    (await runCommand([...ctr, what, 'ls', '-q'])).split('\n').filter((id) => id !== '');
  for (const id of await listed('tasks')) await succeeds([...ctr, 'tasks', 'rm', '--force', id]);
  for (const id of await listed('containers')) await succeeds([...ctr, 'containers', 'rm', id]);
}

/** Unmounts everything at and below the paths, innermost first. */
async function removeMounts(paths: readonly string[]): Promise<void> {
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((mount) => paths.some((path) => mount === path || mount.startsWith(`${path}/`)));
  for (const mount of mounted.reverse()) await succeeds(['umount', '--lazy', mount]);
}

/** The kubelet's control group for pods: one with cgroup v2, or one per hierarchy with v1. */
function controlGroups(): string[] {
  const top = '/sys/fs/cgroup';
  return [top, ...readdirSync(top).map((name) => join(top, name))].map((hierarchy) => join(hierarchy, CONTROL_GROUP));
}

function removeControlGroup(group: string): void {
  if (!existsSync(group)) return;
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const entry of below) removeControlGroup(join(group, entry.name));
  rmdirSync(group);
}
