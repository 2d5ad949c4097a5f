import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runCommand, succeeds } from './commands.ts';

/** A bridge without an uplink. It connects the pods with each other and with the machine, at the bridge's own address. */
export const BRIDGE = 'motherload0';
export const BRIDGE_ADDRESS = '10.217.0.1';
export const POD_RANGE = '10.217.0.0/24';
export const SERVICE_RANGE = '10.218.0.0/16';

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
const NFT_TABLES = ['ip kube-proxy', 'ip6 kube-proxy'] as const;
const FORWARD_RULES = ['-i', '-o'].map((direction) => ['FORWARD', direction, BRIDGE, '-j', 'ACCEPT']);

/** Creates the bridge. IP forwarding, which pods need to reach Services, is enabled; its previous value is saved to be restored. */
export async function makeNetwork(noteFile: string): Promise<void> {
  // Not with os.networkInterfaces(), which omits a bridge as long as no pod is connected to it.
  if (existsSync(`/sys/class/net/${BRIDGE}`)) {
    if (existsSync(noteFile)) return;
    throw new Error(`the network interface ${BRIDGE} already exists: another test bed is running, stop it first`);
  }
  for (const table of NFT_TABLES) {
    if (await succeeds(['nft', 'list', 'table', ...table.split(' ')])) {
      throw new Error(
        `the kube-proxy of another cluster is running on this machine (nft table ${table}): stop it first`,
      );
    }
  }
  const taken = (await runCommand(['ip', '-4', 'route', 'show']))
    .split('\n')
    .find((route) => /^10\.21[78]\./.test(route));
  if (taken !== undefined)
    throw new Error(`this machine already has a route into ${POD_RANGE} or ${SERVICE_RANGE}: ${taken}`);
  if (!existsSync(noteFile)) writeFileSync(noteFile, readFileSync(FORWARDING));
  await runCommand(['ip', 'link', 'add', BRIDGE, 'type', 'bridge']);
  await runCommand(['ip', 'address', 'add', `${BRIDGE_ADDRESS}/24`, 'dev', BRIDGE]);
  await runCommand(['ip', 'link', 'set', BRIDGE, 'up']);
  writeFileSync(FORWARDING, '1');
  // Docker makes the machine drop forwarded packets, and the kernel may apply the same rules to a bridge.
  const policy = await runCommand(['nft', 'list', 'chain', 'ip', 'filter', 'FORWARD']).catch(() => '');
  if (policy.includes('policy drop')) for (const rule of FORWARD_RULES) await runCommand(['iptables', '-I', ...rule]);
}

/** Removes the bridge and kube-proxy's rules. */
export async function removeNetwork(noteFile: string): Promise<void> {
  if (!existsSync(noteFile)) return;
  for (const table of NFT_TABLES) await succeeds(['nft', 'delete', 'table', ...table.split(' ')]);
  for (const rule of FORWARD_RULES) await succeeds(['iptables', '-D', ...rule]);
  await succeeds(['ip', 'link', 'delete', BRIDGE]);
  writeFileSync(FORWARDING, readFileSync(noteFile));
}

/** The CNI configuration that connects pods to the bridge. Without masquerading a pod reaches this machine and other pods, but nothing else. */
export function networkConfiguration(leases: string): object {
  return {
    cniVersion: '1.0.0',
    name: 'motherload',
    plugins: [
      {
        type: 'bridge',
        bridge: BRIDGE,
        isDefaultGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: leases,
          ranges: [[{ subnet: POD_RANGE, gateway: BRIDGE_ADDRESS, rangeStart: '10.217.0.2' }]],
        },
      },
    ],
  };
}
