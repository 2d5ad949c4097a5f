import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';
import { DATABASE_URI_VARIABLE } from '../../crds/contract/task.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const LAUNCHER = join(ROOT, 'bin', 'motherload.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real CLI in the project's folder, with empty standard input unless `input` is set. */
export async function motherload(
  parameters: readonly string[],
  options: { input?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<CliResult> {
  const { child, result } = startMotherload(parameters, options.environment);
  // A command that reads no input may end before this one has closed it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return await result;
}

/** The CLI as a running process, for tests that stop it. */
export function startMotherload(parameters: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== DATABASE_URI_VARIABLE));
  const child = spawn(process.execPath, [LAUNCHER, ...parameters], {
    cwd: ROOT,
    env: { ...inherited, ...environment },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const result = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }));
  return { child, result };
}

/** A run of the example dumps, which creates the embedded PostgreSQL in that folder if there is none. */
export function exampleRun(dataFolder: string): readonly string[] {
  return ['run', '-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps', '--data-folder', dataFolder];
}

/** A folder that is removed after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-cli-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
