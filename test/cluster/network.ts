import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runCommand, succeeds } from './commands.ts';

/** A bridge that no cable leaves: pods are on it, and the machine itself under the bridge's own address. */
export const BRIDGE = 'motherload0';
export const BRIDGE_ADDRESS = '10.217.0.1';
export const POD_RANGE = '10.217.0.0/24';
export const SERVICE_RANGE = '10.218.0.0/16';

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
const NFT_TABLES = ['ip kube-proxy', 'ip6 kube-proxy'] as const;
const FORWARD_RULES = ['-i', '-o'].map((direction) => ['FORWARD', direction, BRIDGE, '-j', 'ACCEPT']);

/** Makes the bridge. The kernel's forwarding switch, which pods need to reach Services, is noted so that it can be put back. */
export async function makeNetwork(noteFile: string): Promise<void> {
  // Not by os.networkInterfaces(), which leaves out a bridge as long as no pod is on it.
  if (existsSync(`/sys/class/net/${BRIDGE}`)) {
    if (existsSync(noteFile)) return;
    throw new Error(
      `this machine has a network interface ${BRIDGE} already: another test bed is up, take it down first`,
    );
  }
  for (const table of NFT_TABLES) {
    if (await succeeds(['nft', 'list', 'table', ...table.split(' ')])) {
      throw new Error(`a kube-proxy of another cluster is at work on this machine (nft table ${table}): stop it first`);
    }
  }
  const taken = (await runCommand(['ip', '-4', 'route', 'show']))
    .split('\n')
    .find((route) => /^10\.21[78]\./.test(route));
  if (taken !== undefined)
    throw new Error(`this machine has a route into ${POD_RANGE} or ${SERVICE_RANGE} already: ${taken}`);
  if (!existsSync(noteFile)) writeFileSync(noteFile, readFileSync(FORWARDING));
  await runCommand(['ip', 'link', 'add', BRIDGE, 'type', 'bridge']);
  await runCommand(['ip', 'address', 'add', `${BRIDGE_ADDRESS}/24`, 'dev', BRIDGE]);
  await runCommand(['ip', 'link', 'set', BRIDGE, 'up']);
  writeFileSync(FORWARDING, '1');
  // Docker has the machine drop what it forwards, and the kernel may ask the same rules about what passes a bridge.
  const policy = await runCommand(['nft', 'list', 'chain', 'ip', 'filter', 'FORWARD']).catch(() => '');
  if (policy.includes('policy drop')) for (const rule of FORWARD_RULES) await runCommand(['iptables', '-I', ...rule]);
}

/** Takes the bridge away again, with kube-proxy's rules. */
export async function removeNetwork(noteFile: string): Promise<void> {
  if (!existsSync(noteFile)) return;
  for (const table of NFT_TABLES) await succeeds(['nft', 'delete', 'table', ...table.split(' ')]);
  for (const rule of FORWARD_RULES) await succeeds(['iptables', '-D', ...rule]);
  await succeeds(['ip', 'link', 'delete', BRIDGE]);
  writeFileSync(FORWARDING, readFileSync(noteFile));
}

/** How a pod is plugged into the bridge (CNI). Nothing is masqueraded: a pod reaches this machine and other pods, and no further. */
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
