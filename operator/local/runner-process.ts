import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { EXIT_CODES, shorten, type Failure } from '../../crds/contract/errors.ts';
import { decodeResult, RESULT_BYTES, type TaskResult } from '../../crds/contract/report.ts';
import { childEnvironment, type RunnerInput } from './child-environment.ts';
import { readLines } from './lines.ts';

/** How one attempt ended. */
export type AttemptEnd =
  | { readonly outcome: 'Succeeded'; readonly result: TaskResult }
  /** `final`: another attempt would fail the same way. */
  | { readonly outcome: 'Failed'; readonly failure: Failure; readonly final: boolean };

export interface RunnerOptions extends RunnerInput {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly onOutput: (line: string) => void;
  readonly onErrorOutput: (line: string) => void;
}

/** One attempt: a child process under the contract of `crds/contract/task.ts`. */
export class RunnerProcess {
  readonly ended: Promise<AttemptEnd>;
  #child: ChildProcess | undefined;

  constructor(options: RunnerOptions) {
    this.ended = this.#run(options);
  }

  /** Asks the child to end, and after the grace makes it. */
  stop(graceMilliseconds: number): void {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    child.once('close', () => clearTimeout(timer));
  }

  async #run(options: RunnerOptions): Promise<AttemptEnd> {
    const lastWords: string[] = [];
    try {
      const { exitCode, signal } = await this.#spawn(options, lastWords);
      return judge(exitCode, signal, readResult(options.resultFile), lastWords);
    } catch (error) {
      return notStarted(options.command, error as NodeJS.ErrnoException);
    } finally {
      rmSync(options.resultFile, { force: true });
    }
  }

  async #spawn(options: RunnerOptions, lastWords: string[]): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
    const [program = '', ...parameters] = options.command;
    const env = childEnvironment(process.env, options);
    const child = spawn(program, parameters, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // The child's death must not become an error of this process; `close` tells of it.
    child.stdin.on('error', () => undefined);
    readLines(child.stdout, options.onOutput);
    readLines(child.stderr, (line) => {
      if (!isStackFrame(line)) lastWords.push(line.trim());
      if (lastWords.length > LAST_WORDS) lastWords.shift();
      options.onErrorOutput(line);
    });
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
  }
}

/** Lines of standard error that a failure quotes. */
const LAST_WORDS = 5;
const WORD_LENGTH = 300;

/** Of a stack trace on standard error only the error itself is worth quoting; the log has all of it. */
function isStackFrame(line: string): boolean {
  return /^\s*(at |\^|node:|Node\.js v|$)/.test(line);
}

/** The exit code decides, as a Job's podFailurePolicy does; the result only tells the story. */
function judge(exitCode: number | null, signal: NodeJS.Signals | null, result: TaskResult | undefined, lastWords: string[]): AttemptEnd {
  if (exitCode === EXIT_CODES.Success && result !== undefined && result.outcome !== 'Failed') return { outcome: 'Succeeded', result };
  const final = exitCode === EXIT_CODES.Data || exitCode === EXIT_CODES.Manifest;
  if (result?.outcome === 'Failed') return { outcome: 'Failed', failure: result.failure, final };
  const how = signal === null ? `ended with exit code ${exitCode ?? 'unknown'}` : `was killed by ${signal}`;
  const words = lastWords.length === 0 ? '' : `; its last words: ${lastWords.map((line) => shorten(line, WORD_LENGTH)).join(' / ')}`;
  const kind = exitCode === EXIT_CODES.Data ? 'Data' : exitCode === EXIT_CODES.Manifest ? 'Manifest' : 'Transient';
  return { outcome: 'Failed', final, failure: { kind, code: 'RunnerDied', message: `the runner ${how} and left no result${words}` } };
}

/** Errors of spawn(2) that pass by themselves. */
const PASSING_ERRORS = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

function notStarted(command: readonly string[], error: NodeJS.ErrnoException): AttemptEnd {
  const passes = PASSING_ERRORS.has(error.code ?? '');
  const hint = error.code === 'E2BIG' ? ': the task is larger than a process can be told; define fewer mother tables' : '';
  const failure: Failure = {
    kind: passes ? 'Transient' : 'Manifest',
    code: 'RunnerNotStarted',
    message: `the runner ${command.join(' ')} could not be started (${error.message})${hint}`,
  };
  return { outcome: 'Failed', failure, final: !passes };
}

function readResult(file: string): TaskResult | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return Buffer.byteLength(text) <= RESULT_BYTES ? decodeResult(text) : undefined;
  } catch {
    return undefined; // No result, or half of one: the exit code speaks alone.
  }
}
