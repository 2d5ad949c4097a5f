import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import { buildFromFolder } from './buildah.ts';
import type { Cluster } from './cluster.ts';
import { eventually, runCommand } from './commands.ts';
import { importImage } from './images.ts';
import { runHelm } from './installation.ts';

const NAMESPACE = 'kueue-system';
const IMAGE = 'localhost/motherload-kueue';

/** Installs Kueue with its own chart, from its Go module: controllers, webhooks, certificates. */
export async function installKueue(cluster: Cluster): Promise<void> {
  const program = await buildProgram('kueue');
  const tag = program.split('-').at(-1) ?? '';
  const image = await buildFromFolder(
    cluster.folder,
    `${IMAGE}:${tag}`,
    ['--user', '65532:65532', '--entrypoint', '["/manager"]'],
    (content) => copyFileSync(program, join(content, 'manager')),
  );
  await importImage(cluster.folder, image);
  const module = ['go', 'list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kueue'];
  const sources = (await runCommand(module, { folder: join(import.meta.dirname, 'programs') })).trim();
  const manager = 'controllerManager.manager';
  const settings = [
    ...[`${manager}.image.repository=${IMAGE}`, `${manager}.image.tag=${tag}`, `${manager}.image.pullPolicy=Never`],
    ...[`${manager}.resources.requests.cpu=50m`, `${manager}.resources.requests.memory=128Mi`],
  ];
  const values = settings.flatMap((setting) => ['--set-string', setting]);
  await runHelm(cluster, [
    ...['install', 'kueue', join(sources, 'charts', 'kueue'), '--namespace', NAMESPACE, '--create-namespace', '--wait'],
    ...values,
  ]);
}

/** Admits Jobs that request no more than this CPU together, in the namespace, by its queue `loads`. */
export async function offerQueue(cluster: Cluster, namespace: string, cpu: string): Promise<void> {
  const apiVersion = 'kueue.x-k8s.io/v1beta2';
  const resources = [
    { name: 'cpu', nominalQuota: cpu },
    { name: 'memory', nominalQuota: '10Gi' },
  ];
  const items = [
    { apiVersion, kind: 'ResourceFlavor', metadata: { name: 'default' } },
    {
      ...{ apiVersion, kind: 'ClusterQueue', metadata: { name: namespace } },
      spec: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceGroups: [{ coveredResources: ['cpu', 'memory'], flavors: [{ name: 'default', resources }] }],
      },
    },
    {
      ...{ apiVersion, kind: 'LocalQueue', metadata: { name: 'loads', namespace } },
      spec: { clusterQueue: namespace },
    },
  ];
  // Its webhooks may not be reachable in the first seconds.
  await eventually('the queue', 60, () =>
    cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
  );
}
