import { runnerEnvironment } from './runner-environment.ts';
import { RunnerProcess } from './runner-process.ts';

export interface RunnersOptions {
  /** The program that runs tasks, and its arguments. */
  readonly command: readonly string[];
  readonly databaseUri: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMilliseconds: number;
  readonly onErrorOutput: (line: string) => void;
}

/** The child processes of a run. There are never more than tasks were at work at one time. */
export class Runners {
  readonly #options: RunnersOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #idle: RunnerProcess[] = [];

  constructor(options: RunnersOptions) {
    this.#options = options;
    this.#environment = runnerEnvironment(process.env, options.databaseUri);
  }

  /** One that has nothing to do, or a new one. */
  take(): RunnerProcess {
    this.#idle = this.#idle.filter(({ isGone }) => !isGone);
    const { command, onErrorOutput } = this.#options;
    return this.#idle.pop() ?? new RunnerProcess({ command, environment: this.#environment, onErrorOutput });
  }

  /** For one whose task succeeded. */
  giveBack(runner: RunnerProcess): void {
    this.#idle.push(runner);
  }

  async stop(runner: RunnerProcess): Promise<void> {
    await runner.stop(this.#options.graceMilliseconds);
  }

  /** Resolves when those that have nothing to do are gone. */
  async end(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map((runner) => this.stop(runner)));
  }
}
