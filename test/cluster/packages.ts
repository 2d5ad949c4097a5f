import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { runCommand } from './commands.ts';

/** The programs that a node needs, each with its Debian package. */
const NEEDED = {
  containerd: 'containerd',
  runc: 'runc',
  nft: 'nftables',
  iptables: 'iptables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  ethtool: 'ethtool',
  socat: 'socat',
  buildah: 'buildah',
  openssl: 'openssl',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/bin/busybox': 'busybox-static',
} as const;

/** Installs missing packages. Installed ones are not changed, and none is removed at the end. */
export async function installPackages(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error(
      'a node needs root on Linux; without it, use a machine with Docker and kind, or test the control plane alone',
    );
  }
  const lacking = Object.entries(NEEDED).filter(([program]) => !isInstalled(program));
  if (lacking.length === 0) return;
  const names = lacking.map(([, name]) => name);
  console.error(`Installing ${names.join(' ')}`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand(['apt-get', 'update', '-qq'], { environment });
  await runCommand(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...names], { environment });
}

function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return program.startsWith('/') ? existsSync(program) : folders.some((folder) => existsSync(join(folder, program)));
}
