import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverCpuSeconds } from '../../../bench/measure.ts';
import type { Cluster } from '../cluster.ts';
import { OPERATOR_NAMESPACE } from '../operator-process.ts';

/** CPU seconds by what they were spent on. Other work on the machine is not among them, nor are the shims and runc, which start and end a pod. */
export type CpuSeconds = Readonly<Record<(typeof SPENT_ON)[number], number>>;

export const SPENT_ON = ['pods of Jobs', 'operator', 'control plane', 'kubelet and containerd', 'database'] as const;
const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const NODE = ['kubelet', 'containerd', 'kube-proxy', 'coredns'];
/** With control groups of version 1, and of version 2. */
const HIERARCHIES = ['/sys/fs/cgroup/cpuacct', '/sys/fs/cgroup'];
const PODS = join(HIERARCHIES.find((path) => existsSync(path)) ?? '', 'kubepods');

/** What was spent since the cluster has started. */
export async function cpuSeconds(cluster: Cluster): Promise<CpuSeconds> {
  const uids = await cluster.kubectl([
    ...['get', 'pods', '-n', OPERATOR_NAMESPACE],
    ...['-o', 'jsonpath={.items[*].metadata.uid}'],
  ]);
  const operator = sum(uids.split(' ').map(cpuSecondsOfPod));
  const spentBy = (names: readonly string[]) =>
    sum(names.map((name) => serverCpuSeconds(cluster.processes.pid(name)) ?? 0));
  return {
    'pods of Jobs': usageOf(PODS) - operator,
    operator,
    'control plane': spentBy(CONTROL_PLANE),
    'kubelet and containerd': spentBy(NODE),
    database: spentBy(['postgresql']),
  };
}

function cpuSecondsOfPod(uid: string): number {
  const folders = ['', 'burstable', 'besteffort'].map((quality) => join(PODS, quality, `pod${uid}`));
  return sum(folders.filter((folder) => existsSync(folder)).map(usageOf));
}

/** Of a control group, also of those in it that have ended. */
function usageOf(folder: string): number {
  const first = join(folder, 'cpuacct.usage');
  if (existsSync(first)) return Number(readFileSync(first, 'utf8')) / 1e9;
  const [, microseconds] = /^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8')) ?? [];
  return Number(microseconds) / 1e6;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
