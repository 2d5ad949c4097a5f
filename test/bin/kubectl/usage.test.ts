import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../cli.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The plugin, without a kubectl that it could find. */
async function plugin(...parameters: string[]): Promise<Ended> {
  const program = join(ROOT, 'bin', 'kubectl-motherload.js');
  return await new Promise((resolve) => {
    execFile(process.execPath, [program, ...parameters], { env: { PATH: '/nowhere' } }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

const COMMANDS = ['status', 'logs', 'retry', 'suspend', 'resume', 'report'];

describe('kubectl motherload', () => {
  it('prints help with all its commands and its exit codes', async () => {
    const { code, stdout } = await plugin('--help');
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: kubectl motherload \[options\] \[command\]/);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    assert.match(stdout, /Exit codes: 0 done, 1 the cluster cannot be reached, 2 wrong usage/);
  });

  it("prints help for each command, with kubectl's options and an example", async () => {
    for (const command of COMMANDS) {
      const { code, stdout } = await plugin(command, '--help');
      assert.equal(code, 0, command);
      assert.match(stdout, /Examples?:/, command);
      assert.match(stdout, /-n, --namespace <name>[^]*--context <name>[^]*--kubeconfig <file>/, command);
    }
  });

  it('refuses wrong usage with exit code 2, and points to the help', async () => {
    for (const [parameters, message] of [
      [['state'], /unknown command 'state'/],
      [['logs'], /missing required argument 'name'/],
      [['status', '--al'], /unknown option '--al'/],
      [['status', 'nightly', '-A'], /'-A, --all-namespaces' cannot be used with a name/],
      [['status', '-o', 'yaml'], /Allowed choices are table, json/],
    ] as const) {
      const { code, stdout, stderr } = await plugin(...parameters);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, message);
      assert.match(stderr, /kubectl motherload --help/);
    }
  });

  it('says how to get kubectl where there is none, with exit code 2', async () => {
    for (const parameters of [
      ['status'],
      ['status', 'x', '-n', 'crm'],
      ['logs', 'x'],
      ['suspend', 'x'],
      ['report', 'x'],
    ]) {
      const { code, stderr } = await plugin(...parameters);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^error: kubectl is not found: install it \(https:\/\/kubernetes\.io\/docs\/tasks\/tools\/\), or add its folder to PATH\n$/,
      );
    }
  });
});
