/** `node test/cluster/main.ts up | down | env | demo`: the cluster of `make cluster`, with kind if Docker and kind are installed. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { announceBuilds, buildKubernetes, buildProgram } from './binaries.ts';
import { offerBucket, startBucket } from './bucket.ts';
import { DEFAULT_FOLDER, startCluster, stopCluster } from './cluster.ts';
import { demonstrate, type DemonstrationContext } from './demonstration.ts';
import { installOperator, offerExamples } from './installation.ts';
import { kindIsAvailable, startKindCluster, stopKindCluster } from './kind.ts';

const [command = ''] = process.argv.slice(2);
const began = Date.now();
const took = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;

switch (command) {
  case 'up':
    if (await kindIsAvailable()) await startKindCluster();
    else await startOwnCluster();
    console.log(
      `The cluster is up after ${took()}. To use it in this shell: eval "$(make -s cluster-env)". To see it work: make cluster-demo`,
    );
    break;
  case 'down':
    if (await kindIsAvailable()) await stopKindCluster();
    await stopCluster();
    console.log(`The cluster is removed after ${took()}.`);
    break;
  case 'env':
    if (await kindIsAvailable()) console.log('kubectl config use-context kind-motherload');
    else console.log(`export KUBECONFIG=${kubeconfig()} PATH=${await linkPrograms()}:$PATH`);
    break;
  case 'demo':
    await demonstrate((await kindIsAvailable()) ? kindContext() : await ownContext());
    break;
  default:
    console.error('usage: node test/cluster/main.ts up | down | env | demo');
    process.exitCode = 2;
}

async function startOwnCluster(): Promise<void> {
  announceBuilds(['kubernetes', 'pause', 'coredns', 'helm', 'versitygw']);
  const cluster = await startCluster();
  console.log(`The node is ready after ${took()}. Building the images and installing the chart …`);
  await installOperator(cluster);
  await offerExamples(cluster, 'default');
  await startBucket(cluster);
  await offerBucket(cluster, 'default');
  console.log(await cluster.kubectl(['get', 'nodes,pods', '--all-namespaces']));
}

function kindContext(): DemonstrationContext {
  const kubectl = ['kubectl', '--context', 'kind-motherload'];
  return {
    kubectl,
    query: (sql) => [
      ...kubectl,
      '-n',
      'databases',
      'exec',
      'deployment/postgresql',
      '--',
      'psql',
      '-U',
      'postgres',
      '-c',
      sql,
      'motherload',
    ],
  };
}

async function ownContext(): Promise<DemonstrationContext> {
  const kubectl = [await buildKubernetes(), 'kubectl', '--kubeconfig', kubeconfig()];
  const { database } = await startCluster();
  return {
    kubectl,
    query: (sql) => [process.execPath, 'bin/motherload.ts', 'query', '--database', database.ownerUri, sql],
  };
}

function kubeconfig(): string {
  const file = join(DEFAULT_FOLDER, 'admin.kubeconfig');
  if (!existsSync(file)) throw new Error('there is no cluster: start it with make cluster');
  return file;
}

/** A folder with the programs under their usual names. */
async function linkPrograms(): Promise<string> {
  const programs = join(DEFAULT_FOLDER, 'bin');
  mkdirSync(programs, { recursive: true });
  for (const [name, program] of Object.entries({
    kubectl: await buildKubernetes(),
    helm: await buildProgram('helm'),
    'kubectl-motherload': join(import.meta.dirname, '..', '..', 'bin', 'kubectl-motherload.js'),
  })) {
    rmSync(join(programs, name), { force: true });
    symlinkSync(program, join(programs, name));
  }
  return programs;
}
