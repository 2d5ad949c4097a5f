import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import { eventually, runCommand } from './commands.ts';
import { OPERATOR_NAMESPACE } from './operator-process.ts';
import { containerdSocket } from './node.ts';

interface Lease {
  readonly holderIdentity: string;
  readonly renewTime: string;
  readonly acquireTime: string;
}

/** The operator's pods, as installed by the chart. */
export class OperatorPods {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  kubectl(...parameters: string[]): Promise<string> {
    return this.#cluster.kubectl(['-n', OPERATOR_NAMESPACE, ...parameters]);
  }

  async names(): Promise<string[]> {
    const text = await this.kubectl(
      'get',
      'pods',
      '-l',
      'app.kubernetes.io/component=operator',
      '-o',
      'jsonpath={.items[*].metadata.name}',
    );
    return text.split(' ').filter((name) => name !== '');
  }

  /** The leader, according to the Lease. */
  async leader(): Promise<string> {
    return (await this.lease()).holderIdentity;
  }

  /**
   * Waits for another leader than the one of this Lease. Returns for how many seconds nobody renewed the Lease in between, as far as was seen: what the
   * end of the pod takes, and whoever asks, does not count.
   */
  async takeover(before: Lease): Promise<number> {
    let renewed = before.renewTime;
    return await eventually('the takeover', 120, async () => {
      const { holderIdentity: holder, renewTime, acquireTime } = await this.lease();
      if (holder === before.holderIdentity) renewed = renewTime;
      assert(holder !== '' && holder !== before.holderIdentity, holder);
      return (Date.parse(acquireTime) - Date.parse(renewed)) / 1000;
    });
  }

  async lease(): Promise<Lease> {
    return JSON.parse(await this.kubectl('get', 'lease', 'motherload', '-o', 'jsonpath={.spec}')) as Lease;
  }

  /** The log of the leader, also if its name is that of a pod that is just going. */
  async leaderLog(): Promise<Record<string, unknown>[]> {
    return await eventually('the log of the leader', 60, async () => await this.log(await this.leader()));
  }

  /** A pod's response to a request through the apiserver. */
  async ask(pod: string, path: string): Promise<string> {
    return await this.kubectl('get', '--raw', `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${pod}:8080/proxy${path}`);
  }

  /** The log of a pod, line by line. */
  async log(pod: string): Promise<Record<string, unknown>[]> {
    const text = await this.kubectl('logs', pod);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Kills the operator's process in the pod without a grace period, as when a node runs out of memory. */
  async kill(pod: string): Promise<void> {
    const id = await this.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].containerID}');
    const ctr = ['ctr', '--address', containerdSocket(this.#cluster.folder), '--namespace', 'k8s.io'];
    await runCommand([...ctr, 'tasks', 'kill', '--signal', 'SIGKILL', id.replace('containerd://', '')]);
  }

  /** Removes the pod without a grace period, as when its node is lost. */
  async lose(pod: string): Promise<void> {
    await this.kill(pod);
    await this.kubectl('delete', 'pod', pod, '--force', '--grace-period=0');
  }

  /** Waits until all pods are ready again. */
  async areReady(): Promise<void> {
    await this.kubectl('rollout', 'status', 'deployment/motherload', '--timeout=600s');
  }
}
