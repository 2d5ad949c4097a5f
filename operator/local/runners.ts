import { availableParallelism } from 'node:os';
import { runnerEnvironment } from './runner-environment.ts';
import { RunnerProcess } from './runner-process.ts';

export interface RunnersOptions {
  /** The program that executes tasks, and its arguments. */
  readonly command: readonly string[];
  readonly databaseUri: string;
  /** Whether the runners write a log. */
  readonly captureLog: boolean;
  /** The time between SIGTERM and SIGKILL; by default 10 s. */
  readonly graceMilliseconds?: number;
}

/**
 * The child processes of a run. They can be started before there are tasks for them: starting and loading the modules takes 0.1 s of CPU,
 * which an idle core can do in advance. Apart from these, there are never more processes than tasks that ran at the same time.
 */
export class Runners {
  readonly #options: RunnersOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #started: RunnerProcess[] = [];
  #idle: RunnerProcess[] = [];

  constructor(options: RunnersOptions) {
    this.#options = options;
    this.#environment = runnerEnvironment(process.env, options.databaseUri, options.captureLog);
  }

  /** Starts processes until there are enough, idle or busy, for this many tasks; at most one for each core. */
  prepare(tasks: number): void {
    this.#forgetEnded();
    for (let missing = Math.min(tasks, availableParallelism()) - this.#started.length; missing > 0; missing--)
      this.#idle.push(this.#start());
  }

  /** An idle runner, or a new one. */
  acquire(): RunnerProcess {
    this.#forgetEnded();
    return this.#idle.pop() ?? this.#start();
  }

  /** For a runner whose task succeeded. */
  release(runner: RunnerProcess): void {
    this.#idle.push(runner);
  }

  async stop(runner: RunnerProcess): Promise<void> {
    await runner.stop(this.#options.graceMilliseconds ?? 10_000);
  }

  /** Stops the idle runners. */
  async end(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map((runner) => this.stop(runner)));
  }

  #start(): RunnerProcess {
    const runner = new RunnerProcess({ command: this.#options.command, environment: this.#environment });
    this.#started.push(runner);
    return runner;
  }

  #forgetEnded(): void {
    this.#started = this.#started.filter(({ hasEnded }) => !hasEnded);
    this.#idle = this.#idle.filter(({ hasEnded }) => !hasEnded);
  }
}
