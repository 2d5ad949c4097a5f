import { availableParallelism } from 'node:os';
import { runnerEnvironment } from './runner-environment.ts';
import { RunnerProcess } from './runner-process.ts';

export interface RunnersOptions {
  /** The program that runs tasks, and its arguments. */
  readonly command: readonly string[];
  readonly databaseUri: string;
  /** Whether somebody hears what they log. */
  readonly captureLog: boolean;
  /** What one has to end after SIGTERM, before SIGKILL; by default 10 s. */
  readonly graceMilliseconds?: number;
}

/**
 * The child processes of a run. They may be started before there is a task for them: a program starts and brings its modules in 0.1 s of CPU,
 * which a core that has nothing else to do spares the first tasks. Beyond these, there are never more than tasks were at work at one time.
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

  /** Has so many there, idle or at work, for tasks that are about to come; not more than there are cores, which would only wait for each other. */
  prepare(tasks: number): void {
    this.#forgetGone();
    for (let missing = Math.min(tasks, availableParallelism()) - this.#started.length; missing > 0; missing--)
      this.#idle.push(this.#start());
  }

  /** One that has nothing to do, or a new one. */
  take(): RunnerProcess {
    this.#forgetGone();
    return this.#idle.pop() ?? this.#start();
  }

  /** For one whose task succeeded. */
  release(runner: RunnerProcess): void {
    this.#idle.push(runner);
  }

  async stop(runner: RunnerProcess): Promise<void> {
    await runner.stop(this.#options.graceMilliseconds ?? 10_000);
  }

  /** Resolves when those that have nothing to do are gone. */
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

  #forgetGone(): void {
    this.#started = this.#started.filter(({ isGone }) => !isGone);
    this.#idle = this.#idle.filter(({ isGone }) => !isGone);
  }
}
