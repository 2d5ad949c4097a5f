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

/** Called with a runner's output while it executes a task. */
export interface OutputHandlers {
  /** Standard output, except for the result. */
  readonly onOutput: (line: string) => void;
  readonly onErrorOutput: (line: string) => void;
}

/** How the process ended. */
type ProcessEnd =
  | { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: NodeJS.ErrnoException };

/** A child process that executes one task after the other (see crds/contract/task-line.ts) until one of them fails. */
export class RunnerProcess {
  readonly #options: RunnerOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  #hasEnded = false;
  #stderrTail: string[] = [];
  #failed: TaskResult | undefined;
  /** The handlers of the current task. */
  #onLine: (line: string) => void = () => undefined;
  #onErrorLine: (line: string) => void = () => undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const [program = '', ...parameters] = options.command;
    const child = spawn(program, parameters, { env: options.environment, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // A write to a dead child must not fail this process; `close` reports its end.
    child.stdin.on('error', () => undefined);
    readLines(child.stdout, (line) => this.#onLine(line));
    readLines(child.stderr, (line) => this.#remember(line));
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve({ error }));
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    void this.#ended.then(() => (this.#hasEnded = true));
  }

  /** Also true while the process is being stopped. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** One task at a time. After a failure the process ends. */
  async run(task: Task, { onOutput, onErrorOutput }: OutputHandlers): Promise<AttemptEnd> {
    const { promise: succeeded, resolve: succeed } = Promise.withResolvers<AttemptEnd>();
    // Output from before the task, such as a warning of Node.
    for (const line of this.#stderrTail) onErrorOutput(line);
    this.#onErrorLine = onErrorOutput;
    this.#onLine = (line) => {
      const result = decodeResultLine(line);
      if (result === undefined) onOutput(line);
      else if (result.outcome === 'Failed') this.#failed = result;
      else succeed({ outcome: 'Succeeded', result });
    };
    this.#child.stdin?.write(encodeTaskLine(task));
    const failed = this.#ended.then((end) => this.#classify(end));
    const end = await Promise.race([succeeded, failed]);
    this.#onLine = () => undefined;
    this.#onErrorLine = () => undefined;
    this.#stderrTail = [];
    return end;
  }

  /** Terminates the process, and kills it after the grace period; resolves once it has ended. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#hasEnded = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMilliseconds);
    await this.#ended;
    clearTimeout(timer);
  }

  #remember(line: string): void {
    if (!isStackFrame(line)) this.#stderrTail.push(line.trim());
    if (this.#stderrTail.length > MAX_STDERR_LINES) this.#stderrTail.shift();
    this.#onErrorLine(line);
  }

  /** The exit code decides, as in a Job's podFailurePolicy; the result only adds the failure's description. */
  #classify(end: ProcessEnd): AttemptEnd {
    if ('error' in end) return failedToStart(this.#options.command, end.error);
    const { exitCode, signal } = end;
    const final = exitCode === EXIT_CODES.Data || exitCode === EXIT_CODES.Manifest;
    if (this.#failed?.outcome === 'Failed') return { outcome: 'Failed', failure: this.#failed.failure, final };
    const how = signal === null ? `exited with code ${exitCode ?? 'unknown'}` : `was killed by ${signal}`;
    const quoted = this.#stderrTail.map((line) => shorten(line, MAX_QUOTE_LENGTH)).join(' / ');
    const message = `the runner ${how} without a result${quoted === '' ? '' : `; its last lines on standard error: ${quoted}`}`;
    return { outcome: 'Failed', final, failure: new TransientError('RunnerDied', message).toFailure() };
  }
}

/** The lines of standard error that a failure quotes. */
const MAX_STDERR_LINES = 5;
const MAX_QUOTE_LENGTH = 300;

/** Of a stack trace on standard error only the error itself is quoted; the log has all of it. */
function isStackFrame(line: string): boolean {
  return /^\s*(at |\^|node:|Node\.js v|$)/.test(line);
}

/** Errors of spawn after which a retry may succeed. */
const TRANSIENT_ERRORS = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

function failedToStart(command: readonly string[], error: NodeJS.ErrnoException): AttemptEnd {
  const isTransient = TRANSIENT_ERRORS.has(error.code ?? '');
  const message = `could not start the runner ${command.join(' ')}: ${error.message}`;
  const failure = isTransient
    ? new TransientError('RunnerNotStarted', message)
    : new ManifestError('RunnerNotExecutable', message);
  return { outcome: 'Failed', failure: failure.toFailure(), final: !isTransient };
}
