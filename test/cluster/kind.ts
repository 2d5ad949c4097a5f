import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dump, load } from 'js-yaml';
import { runCommand, succeeds } from './commands.ts';
import { offerDumps } from './dumps.ts';
import { buildDatabase, databaseUri } from './kind/database.ts';

const root = join(import.meta.dirname, '..', '..');
const CLUSTER = 'motherload';
/** kubectl's default, so that the README's commands need no namespace. */
const NAMESPACE = 'default';
/** The folder of the node where kind/cluster.yaml mounts the example dumps. */
const DUMPS = '/dumps';

/** Whether Docker is running on this machine and kind is installed. */
export async function kindIsAvailable(): Promise<boolean> {
  const commands = [
    ['docker', 'info'],
    ['kind', 'version'],
  ];
  for (const command of commands) if (!(await succeeds(command))) return false;
  return true;
}

/** Starts or updates a kind cluster with PostgreSQL, the example dumps on a PersistentVolume, and the operator. */
export async function startKindCluster(): Promise<void> {
  for (const program of ['kubectl', 'helm']) {
    if (!(await succeeds([program, 'version', '--client'])))
      throw new Error(`${program} is not on PATH: install it, or stop Docker to use a cluster without kind`);
  }
  if (!(await isUp())) {
    const configuration = readFileSync(join(import.meta.dirname, 'kind', 'cluster.yaml'), 'utf8');
    await runCommand(['kind', 'create', 'cluster', '--name', CLUSTER, '--config', '-', '--wait', '180s'], {
      input: placeMounts(configuration, root),
      show: true,
    });
  }
  if (!(await succeeds(kubectlCommand(['-n', NAMESPACE, 'get', 'secret', 'motherload-database']))))
    await startDatabase();
  await kubectl(['-n', 'databases', 'rollout', 'status', 'deployment/postgresql', '--timeout=300s']);
  await offerDumps({ kubectl }, NAMESPACE, 'dumps', DUMPS);
  const images = { operator: await loadImage('operator'), runner: await loadImage('runner') };
  await runCommand(['helm', '--kube-context', `kind-${CLUSTER}`, ...helmInstallation(images)], {
    folder: root,
    show: true,
  });
}

/** Deletes the cluster with everything in it. */
export async function stopKindCluster(): Promise<void> {
  if (await isUp()) await runCommand(['kind', 'delete', 'cluster', '--name', CLUSTER], { show: true });
}

/** Makes the host paths of kind's configuration absolute. */
export function placeMounts(yaml: string, folder: string): string {
  const configuration = load(yaml) as { nodes: { extraMounts?: { hostPath: string }[] }[] };
  for (const { extraMounts = [] } of configuration.nodes) {
    for (const mount of extraMounts) mount.hostPath = resolve(folder, mount.hostPath);
  }
  return dump(configuration);
}

/** Helm's parameters that install or upgrade the operator with images that are not in a registry. */
export function helmInstallation(images: Readonly<Record<'operator' | 'runner', string>>): string[] {
  const values = [...imageValues('image', images.operator), ...imageValues('runner.image', images.runner)];
  return [
    ...[
      'upgrade',
      '--install',
      'motherload',
      'charts/motherload',
      '--namespace',
      'motherload-system',
      '--create-namespace',
      '--wait',
    ],
    ...['--set-string', values.join(',')],
    // Small requests, so that several runners fit on one machine.
    ...[
      '--set',
      'runner.jobTemplate.resources.requests.cpu=10m',
      '--set',
      'runner.jobTemplate.resources.requests.memory=64Mi',
    ],
  ];
}

function imageValues(prefix: string, image: string): string[] {
  const [repository = '', tag = ''] = image.split(':');
  return [`${prefix}.repository=${repository}`, `${prefix}.tag=${tag}`, `${prefix}.pullPolicy=Never`];
}

async function isUp(): Promise<boolean> {
  return (await runCommand(['kind', 'get', 'clusters'])).split('\n').includes(CLUSTER);
}

/** Builds one of the project's images and loads it into the node. The tag is a digest of the content, so a changed image has a new tag. */
async function loadImage(target: 'operator' | 'runner'): Promise<string> {
  const id = (await runCommand(['docker', 'build', '--quiet', '--target', target, root])).trim();
  const image = `motherload-${target}:${id.replace('sha256:', '').slice(0, 12)}`;
  await runCommand(['docker', 'tag', id, image]);
  await runCommand(['kind', 'load', 'docker-image', '--name', CLUSTER, image]);
  return image;
}

async function startDatabase(): Promise<void> {
  const [password, ownerPassword] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'motherload-database', namespace: NAMESPACE },
    stringData: { uri: databaseUri(password) },
  };
  const items = [...buildDatabase(password, ownerPassword), secret];
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function kubectlCommand(parameters: readonly string[]): string[] {
  return ['kubectl', '--context', `kind-${CLUSTER}`, ...parameters];
}

async function kubectl(parameters: readonly string[], input = ''): Promise<string> {
  return await runCommand(kubectlCommand(parameters), { input });
}
