import { installPackages } from '../packages.ts';

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
  gpg: 'gpg',
  'gpg-agent': 'gpg-agent',
  gpgconf: 'gpgconf',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/bin/busybox': 'busybox-static',
} as const;

/** A node needs root even on a machine that has all of it. */
export async function installNodePackages(): Promise<void> {
  const without = 'without it, use a machine with Docker and kind, or test the control plane alone';
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(`a node needs root on Linux; ${without}`);
  await installPackages(NEEDED, without);
}
