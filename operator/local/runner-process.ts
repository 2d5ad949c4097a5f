import { spawn, type ChildProcess } from 'node:child_process';
import { EXIT_CODES, ManifestError, shorten, TransientError, type Failure } from '../../crds/contract/errors.ts';
import type { TaskResult } from '../../crds/contract/report.ts';
import { decodeResultLine, encodeTaskLine } from '../../crds/contract/task-line.ts';
import type { Task } from '../../crds/contract/task.ts';
import { readLines } from './lines.ts';

/** How one attempt ended. */
export type AttemptEnd =
  | { readonly outcome: 'Succeeded'; readonly result: TaskResult }
  /** `final`: another attempt would fail the same way. */
  | { readonly outcome: 'Failed'; readonly failure: Failure; readonly final: boolean };

export interface RunnerOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Who hears what a runner says while it has a task. */
export interface OutputHandlers {
  /** Standard output, but for the result. */
  readonly onOutput: (line: string) => void;
  readonly onErrorOutput: (line: string) => void;
}

/** How the process ended. */
type ProcessEnd =
  | { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: NodeJS.ErrnoException };

/** A child process that does one task after the other, by crds/contract/task-line.ts, until one of them fails. */
export class RunnerProcess {
  readonly #options: RunnerOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  #isGone = false;
  #stderrTail: string[] = [];
  #failed: TaskResult | undefined;
  /** Who waits for what the process says. */
  #onLine: (line: string) => void = () => undefined;
  #onErrorLine: (line: string) => void = () => undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const [program = '', ...parameters] = options.command;
    const child = spawn(program, parameters, { env: options.environment, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // The child's death must not become an error of this process; `close` tells of it.
    child.stdin.on('error', () => undefined);
    readLines(child.stdout, (line) => this.#onLine(line));
    readLines(child.stderr, (line) => this.#remember(line));
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve({ error }));
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    void this.#ended.then(() => (this.#isGone = true));
  }

  /** Or about to go. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** One task at a time. After a failure the process is gone. */
  async run(task: Task, { onOutput, onErrorOutput }: OutputHandlers): Promise<AttemptEnd> {
    const { promise: succeeded, resolve: succeed } = Promise.withResolvers<AttemptEnd>();
    // What it said while it had none, such as a warning of Node.
    for (const line of this.#stderrTail) onErrorOutput(line);
    this.#onErrorLine = onErrorOutput;
    this.#onLine = (line) => {
      const result = decodeResultLine(line);
      if (result === undefined) onOutput(line);
      else if (result.outcome === 'Failed') this.#failed = result;
      else succeed({ outcome: 'Succeeded', result });
    };
    this.#child.stdin?.write(encodeTaskLine(task));
    const failed = this.#ended.then((end) => this.#judge(end));
    const end = await Promise.race([succeeded, failed]);
    this.#onLine = () => undefined;
    this.#onErrorLine = () => undefined;
    this.#stderrTail = [];
    return end;
  }

  /** Asks the process to end, and after the grace makes it; resolves when it is gone. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#isGone = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMilliseconds);
    await this.#ended;
    clearTimeout(timer);
  }

  #remember(line: string): void {
    if (!isStackFrame(line)) this.#stderrTail.push(line.trim());
    if (this.#stderrTail.length > LAST_WORDS) this.#stderrTail.shift();
    this.#onErrorLine(line);
  }

  /** The exit code decides, as a Job's podFailurePolicy does; the result only tells the story. */
  #judge(end: ProcessEnd): AttemptEnd {
    if ('error' in end) return notStarted(this.#options.command, end.error);
    const { exitCode, signal } = end;
    const final = exitCode === EXIT_CODES.Data || exitCode === EXIT_CODES.Manifest;
    if (this.#failed?.outcome === 'Failed') return { outcome: 'Failed', failure: this.#failed.failure, final };
    const how = signal === null ? `ended with exit code ${exitCode ?? 'unknown'}` : `was killed by ${signal}`;
    const quoted = this.#stderrTail.map((line) => shorten(line, WORD_LENGTH)).join(' / ');
    const message = `the runner ${how} and left no result${quoted === '' ? '' : `; its last words: ${quoted}`}`;
    return { outcome: 'Failed', final, failure: new TransientError('RunnerDied', message).toFailure() };
  }
}

/** Lines of standard error that a failure quotes. */
const LAST_WORDS = 5;
const WORD_LENGTH = 300;

/** Of a stack trace on standard error only the error itself is worth quoting; the log has all of it. */
function isStackFrame(line: string): boolean {
  return /^\s*(at |\^|node:|Node\.js v|$)/.test(line);
}

/** Errors of spawn(2) that pass by themselves. */
const PASSING_ERRORS = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

function notStarted(command: readonly string[], error: NodeJS.ErrnoException): AttemptEnd {
  const passes = PASSING_ERRORS.has(error.code ?? '');
  const message = `the runner ${command.join(' ')} could not be started (${error.message})`;
  const failure = passes
    ? new TransientError('RunnerNotStarted', message)
    : new ManifestError('RunnerNotExecutable', message);
  return { outcome: 'Failed', failure: failure.toFailure(), final: !passes };
}
