// Only syntax that old versions of Node understand: their users need to read what it prints.
import { spawn } from 'node:child_process';
import console from 'node:console';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const home = process.env.HOME;
// Node's default folder is shared by all users of the machine, who could leave code there for each other.
const compiled = home === undefined ? undefined : join(home, '.cache', 'motherload', 'compiled');

/** Starts a program of this folder with a Node that can run it. */
export async function launch(name) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const program = new URL(name, import.meta.url);
  if (major > 24 || (major === 24 && minor >= 12)) {
    if (compiled !== undefined) modules.enableCompileCache(compiled);
    await import(program.href);
  } else if (existsSync(ownNode)) runWith(ownNode, fileURLToPath(program));
  else {
    console.error(`error: Motherload needs Node 24.12 or later, but this is ${process.versions.node}.`);
    console.error('Run `make install` in its folder, which installs one, or get it from https://nodejs.org');
    process.exitCode = 2;
  }
}

/** Runs the program with the Node that npm installed, as if it were this process. */
function runWith(node, program) {
  const environment = compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled };
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
