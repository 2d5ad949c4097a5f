import type { Cluster } from './cluster.ts';
import { BRIDGE_ADDRESS } from './network.ts';

/** Makes a server beside the cluster reachable for pods at `NAME.NAMESPACE.svc`: a Service without selector, whose endpoint is the bridge's address. */
export async function offerOutsideService(
  cluster: Pick<Cluster, 'kubectl'>,
  namespace: string,
  name: string,
  port: number,
): Promise<void> {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name, port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [BRIDGE_ADDRESS] }],
      ports: [{ name, port }],
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}
