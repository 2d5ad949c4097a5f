import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, temporaryFolder } from './cli.ts';

/** Runs the launcher in a checkout with nothing else; `process.versions.node` has the value of an old Node. */
function oldNode(folder: string, ...parameters: string[]) {
  const pretend = join(folder, 'pretend.cjs');
  writeFileSync(
    pretend,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } });\n",
  );
  return spawnSync(process.execPath, ['--require', pretend, join(folder, 'bin', 'motherload.js'), ...parameters], {
    encoding: 'utf8',
  });
}

function checkout(): string {
  const folder = temporaryFolder();
  for (const name of ['bin', 'compile']) mkdirSync(join(folder, name));
  for (const file of ['bin/motherload.js', 'bin/launch.js', 'compile/sources.js'])
    copyFileSync(join(ROOT, file), join(folder, file));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** A checkout with this program, and with this Node in place of the one that npm installs. */
function checkoutWith(program: string): string {
  const folder = checkout();
  mkdirSync(join(folder, 'node_modules', 'node', 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules', 'node', 'bin', 'node'));
  writeFileSync(join(folder, 'bin', 'motherload.ts'), program);
  return folder;
}

describe('the launcher', () => {
  it('is executable, and what npx starts', () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    // kubectl finds its plugins by the name of the program.
    assert.deepEqual(Object.keys(bin), ['kubectl-motherload', 'motherload']);
    for (const file of Object.values(bin))
      assert.equal(execFileSync(join(ROOT, file), ['--version'], { encoding: 'utf8' }), '0.1.0\n');
  });

  it('explains what to do if Node is too old and the project is not installed', () => {
    const { status, stdout, stderr } = oldNode(checkout(), 'run');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      /^error: Motherload needs Node 24\.12 or later, but this is 20\.11\.1\.\nRun `make install` in its folder/,
    );
  });

  it('continues with the Node that npm installed if it was started with an older one', () => {
    const folder = checkoutWith(
      'console.log(process.version, process.argv.slice(2));\nprocess.exitCode = 7 as number;\n',
    );
    const { status, stdout } = oldNode(folder, 'plan', '-f', 'a b.yaml');
    assert.deepEqual([status, stdout], [7, `${process.version} [ 'plan', '-f', 'a b.yaml' ]\n`]);
  });

  it('ends with the signal that ended the program', () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      const { status, signal: endedBy } = oldNode(
        checkoutWith(`process.kill(process.pid, '${signal}');\nsetInterval(() => {}, 60_000);\n`),
      );
      assert.deepEqual([status, endedBy], [null, signal]);
    }
  });
});
