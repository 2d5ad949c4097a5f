import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { runCommand } from './commands.ts';
import { offerDumps } from './dumps.ts';
import { buildProjectImage, importImage } from './images.ts';
import { helmInstallation } from './kind.ts';

const root = join(import.meta.dirname, '..', '..');

/** Installs or upgrades the operator with its chart and the images of the project's Dockerfile, and returns Helm's output. */
export async function installOperator(cluster: Cluster, more: readonly string[] = []): Promise<string> {
  const images = {
    operator: await buildProjectImage(cluster.folder, 'operator'),
    runner: await buildProjectImage(cluster.folder, 'runner'),
  };
  for (const image of Object.values(images)) await importImage(cluster.folder, image);
  return await runHelm(cluster, [...helmInstallation(images), ...more]);
}

/** Runs Helm in the project's folder. */
export async function runHelm(cluster: Cluster, parameters: readonly string[]): Promise<string> {
  return await runCommand([await buildProgram('helm'), '--kubeconfig', cluster.kubeconfig, ...parameters], {
    folder: root,
  });
}

/** Creates what examples/quickstart.yaml refers to: the claim `dumps` with the example dumps, and the Secret with the database's URI. */
export async function offerExamples(cluster: Cluster, namespace: string): Promise<void> {
  await offerExampleDumps(cluster, namespace);
  await offerDatabase(cluster, namespace);
}

export async function offerExampleDumps(cluster: Cluster, namespace: string): Promise<void> {
  const folder = join(cluster.folder, 'example-dumps');
  cpSync(join(root, 'examples', 'dumps'), folder, { recursive: true });
  await offerDumps(cluster, namespace, 'dumps', folder);
}

export async function offerDatabase(cluster: Cluster, namespace: string): Promise<void> {
  const metadata = { name: 'motherload-database', namespace };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { uri: cluster.database.podUri } };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(secret));
}
