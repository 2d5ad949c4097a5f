/** `node test/cluster/main.ts up | down | env | demo`: the cluster of `make cluster`, of kind where Docker and kind are there. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import { DEFAULT_FOLDER, startCluster, stopCluster } from './cluster.ts';
import { demonstrate, type TaskContext } from './demonstration.ts';
import { installOperator, offerExamples } from './installation.ts';
import { kindIsAvailable, startKindCluster, stopKindCluster } from './kind.ts';

const [command = ''] = process.argv.slice(2);
const began = Date.now();
const took = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;

switch (command) {
  case 'up':
    if (await kindIsAvailable()) await startKindCluster();
    else await startOwnCluster();
    console.log(`Up in ${took()}. For this shell: eval "$(make -s cluster-env)"; or see it at work: make cluster-demo`);
    break;
  case 'down':
    if (await kindIsAvailable()) await stopKindCluster();
    await stopCluster();
    console.log(`Down in ${took()}.`);
    break;
  case 'env':
    if (await kindIsAvailable()) console.log('kubectl config use-context kind-motherload');
    else console.log(`export KUBECONFIG=${kubeconfig()} PATH=${await linkPrograms()}:$PATH`);
    break;
  case 'demo':
    await demonstrate((await kindIsAvailable()) ? kindSurroundings() : await ownSurroundings());
    break;
  default:
    console.error('usage: node test/cluster/main.ts up | down | env | demo');
    process.exitCode = 2;
}

async function startOwnCluster(): Promise<void> {
  const cluster = await startCluster();
  console.log(`A node is up (${took()}). Building the images of the Dockerfile and installing the chart …`);
  await installOperator(cluster);
  await offerExamples(cluster, 'default');
  console.log(await cluster.kubectl(['get', 'nodes,pods', '--all-namespaces']));
}

function kindSurroundings(): TaskContext {
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

async function ownSurroundings(): Promise<TaskContext> {
  const kubectl = [await buildProgram('kubernetes'), 'kubectl', '--kubeconfig', kubeconfig()];
  const { database } = await startCluster();
  return {
    kubectl,
    query: (sql) => [process.execPath, 'bin/motherload.ts', 'query', '--database', database.ownerUri, sql],
  };
}

function kubeconfig(): string {
  const file = join(DEFAULT_FOLDER, 'admin.kubeconfig');
  if (!existsSync(file)) throw new Error('there is no cluster: make cluster');
  return file;
}

/** A folder in which the programs have the names that people type. */
async function linkPrograms(): Promise<string> {
  const programs = join(DEFAULT_FOLDER, 'bin');
  mkdirSync(programs, { recursive: true });
  for (const [name, program] of Object.entries({
    kubectl: await buildProgram('kubernetes'),
    helm: await buildProgram('helm'),
  })) {
    rmSync(join(programs, name), { force: true });
    symlinkSync(program, join(programs, name));
  }
  return programs;
}
