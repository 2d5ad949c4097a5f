import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { OUTSIDE } from './cluster.ts';
import { runCommand } from './commands.ts';
import { BRIDGE } from './network.ts';

export interface Traces {
  readonly processes: readonly string[];
  readonly folders: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly filterTables: readonly string[];
  readonly forwarding: string;
}

/** The traces of a cluster on a machine, to compare before and after, without what else starts and ends on it. */
export async function readTraces(folder: string): Promise<Traces> {
  const folders = [folder, ...OUTSIDE, '/usr/libexec/kubernetes', '/sys/fs/cgroup/kubepods'];
  return {
    processes: readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(folder)),
    folders: folders.filter((path) => existsSync(path)),
    mounts: lines(readFileSync('/proc/self/mountinfo', 'utf8'))
      .flatMap((mount) => mount.split(' ')[4] ?? [])
      .filter((path) => folders.some((parent) => path === parent || path.startsWith(`${parent}/`))),
    interfaces: readdirSync('/sys/class/net').filter((name) => name === BRIDGE || name.startsWith('veth')),
    filterTables: lines(await runCommand(['nft', 'list', 'tables'])).filter((table) => table.includes('kube-proxy')),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
  };
}

/** Empty for a process that has ended but was not waited for by its parent. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
