import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import { eventually, runCommand } from './commands.ts';
import { OPERATOR_NAMESPACE } from './operator-process.ts';
import { containerdSocket } from './node.ts';

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
    return await this.kubectl('get', 'lease', 'motherload', '-o', 'jsonpath={.spec.holderIdentity}');
  }

  /** Waits for another leader than the given one, and returns its name. */
  async leaderAfter(former: string, seconds: number): Promise<string> {
    return await eventually('the takeover', seconds, async () => {
      const leader = await this.leader();
      assert(leader !== '' && leader !== former, leader);
      return leader;
    });
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
