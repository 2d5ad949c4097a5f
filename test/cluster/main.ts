/** `node test/cluster/main.ts up | down | env [FOLDER]`: the test bed by hand. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import { DEFAULT_FOLDER, startCluster, stopCluster } from './cluster.ts';

const [command = '', folder = DEFAULT_FOLDER] = process.argv.slice(2);
const began = Date.now();

switch (command) {
  case 'up': {
    const cluster = await startCluster(folder);
    console.log(await cluster.kubectl(['get', 'nodes', '-o', 'wide']));
    console.log(`Up in ${((Date.now() - began) / 1000).toFixed(1)} s. For this shell: eval "$(make -s cluster-env)"`);
    break;
  }
  case 'down':
    await stopCluster(folder);
    console.log(`Down in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
    break;
  case 'env': {
    const programs = await linkPrograms();
    console.log(`export KUBECONFIG=${join(folder, 'admin.kubeconfig')} PATH=${programs}:$PATH`);
    break;
  }
  default:
    console.error('usage: node test/cluster/main.ts up | down | env [FOLDER]');
    process.exitCode = 2;
}

/** A folder in which the programs have the names that people type. */
async function linkPrograms(): Promise<string> {
  const programs = join(folder, 'bin');
  mkdirSync(programs, { recursive: true });
  for (const [name, program] of Object.entries({ kubectl: await buildProgram('kubernetes'), helm: await buildProgram('helm') })) {
    rmSync(join(programs, name), { force: true });
    symlinkSync(program, join(programs, name));
  }
  return programs;
}
