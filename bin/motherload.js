#!/usr/bin/env node
// Kept to syntax that old versions of Node can read: it is what tells their users what to do.
import { spawn } from 'node:child_process';
import console from 'node:console';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const program = fileURLToPath(new URL('motherload.ts', import.meta.url));
const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const home = process.env.HOME;
// Node's own choice is a folder for all users of the machine, who could leave code there for each other.
const compiled = home === undefined ? undefined : join(home, '.cache', 'motherload', 'compiled');

if (major > 24 || (major === 24 && minor >= 12)) {
  if (compiled !== undefined) modules.enableCompileCache(compiled);
  await import('./motherload.ts');
} else if (existsSync(ownNode)) runWith(ownNode);
else {
  console.error(`error: Motherload needs Node 24.12 or later, and this is ${process.versions.node}.`);
  console.error('Run `make install` in its folder, which brings one, or install it from https://nodejs.org');
  process.exitCode = 2;
}

/** Runs the program with the Node that npm brought, as if it were this process. */
function runWith(node) {
  const environment = compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled };
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal sends Ctrl-C to both of us; elsewhere it has to be passed on.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code;
    else {
      // Else our own listener above would take the signal, and we would end with 0.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
