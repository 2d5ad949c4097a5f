// Only syntax that old versions of Node understand: their users need to read what it prints.
import { spawn } from 'node:child_process';
import console from 'node:console';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { COMPILED, isCompiled } from '../compile/sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');
const home = process.env.HOME;
// Node's default folder is shared by all users of the machine, who could leave code there for each other.
const cache = home === undefined ? undefined : join(home, '.cache', 'motherload', 'compiled');

/** Starts a program of this folder, compiled if it is as its sources are, with a Node that can run it. */
export async function launch(name) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const program = isCompiled(root) ? join(root, COMPILED, 'bin', `${name}.js`) : join(root, 'bin', `${name}.ts`);
  if (major > 24 || (major === 24 && minor >= 12)) {
    if (cache !== undefined) modules.enableCompileCache(cache);
    await import(pathToFileURL(program).href);
  } else if (existsSync(ownNode)) runWith(ownNode, program);
  else {
    console.error(`error: Motherload needs Node 24.12 or later, but this is ${process.versions.node}.`);
    console.error('Run `make install` in its folder, which installs one, or get it from https://nodejs.org');
    process.exitCode = 2;
  }
}

/** Runs the program with the Node that npm installed, as if it were this process. */
function runWith(node, program) {
  const environment = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal sends Ctrl-C to both processes; without one it has to be forwarded.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code;
    else {
      // Otherwise the listener above would catch the signal, and the exit code would be 0.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
