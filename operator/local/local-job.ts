import type { Log } from '../../crds/contract/log.ts';
import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { CatalogueReader } from '../../crds/contract/catalogue-reader.ts';
import { readReport } from '../../crds/contract/report-line.ts';
import type { Progress, TaskResult } from '../../crds/contract/report.ts';
import type { Task } from '../../crds/contract/task.ts';
import type { ObservedJob, Problem } from '../decide/observed.ts';
import { delayAfter, type BackOff, type Clock } from '../engine/work-queue.ts';
import { logRunnerLine } from './runner-log.ts';
import type { AttemptEnd, RunnerProcess } from './runner-process.ts';
import type { Runners } from './runners.ts';

/** What all Jobs of a run share. */
export interface JobSurroundings {
  readonly runners: Runners;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** Where only numbers moved, as they do five times and more for each table. */
  readonly onProgress: () => void;
}

export interface JobOptions {
  readonly name: string;
  readonly task: Task;
  readonly tableName?: string;
  readonly retryLimit: number;
}

/**
 * A Job without Kubernetes: attempts one after the other, as a Job with `backoffLimit` and a `podFailurePolicy` for the exit codes makes them.
 *
 * ```
 *  Pending ──▶ Running ──exit 0 and a result──▶ Succeeded
 *     ▲           ├──exit 65 or 78, or no retry left──▶ Failed
 *     └─back-off──┘ anything else
 * ```
 * `stop` ends it from any state.
 */
export class LocalJob {
  readonly #options: JobOptions;
  readonly #surroundings: JobSurroundings;
  readonly #catalogue = new CatalogueReader();
  readonly #startTime: string;
  readonly #ended: Promise<void>;
  #state: ObservedJob['state'] = 'Pending';
  #attempts = 0;
  #completionTime: string | undefined;
  #progress: Progress | undefined;
  #result: TaskResult | undefined;
  #problem: Problem | undefined;
  #runner: RunnerProcess | undefined;
  #wakeUp: (() => void) | undefined;
  #isStopped = false;

  constructor(options: JobOptions, surroundings: JobSurroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#startTime = this.#timestamp();
    this.#ended = this.#run();
  }

  observe(): ObservedJob {
    const { name, task, tableName } = this.#options;
    return {
      name,
      kind: task.kind,
      state: this.#state,
      attempts: this.#attempts,
      startTime: this.#startTime,
      ...(tableName === undefined ? {} : { tableName }),
      ...(this.#isStopped ? { deleting: true } : {}),
      ...(this.#completionTime === undefined ? {} : { completionTime: this.#completionTime }),
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      ...(this.#result === undefined ? {} : { result: this.#result }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  /** The catalogue that the runner reported, once it is whole. */
  get catalogue(): readonly TableIngestionSpec[] | undefined {
    return this.#catalogue.complete;
  }

  /** Resolves when its runner is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeUp?.();
    if (this.#runner !== undefined) await this.#surroundings.runners.stop(this.#runner);
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let end = await this.#attempt(); !this.#isStopped; end = await this.#attempt()) {
      if (end.outcome === 'Succeeded') {
        this.#finish('Succeeded', end.result);
        return;
      }
      if (end.final || this.#attempts > this.#options.retryLimit) {
        this.#finish('Failed', { task: this.#options.task.kind, outcome: 'Failed', failure: end.failure });
        return;
      }
      if (!(await this.#backOff(end.failure))) return;
    }
  }

  async #attempt(): Promise<AttemptEnd> {
    const { runners, log, onChange } = this.#surroundings;
    this.#attempts++;
    this.#state = 'Running';
    this.#problem = undefined;
    const runner = runners.take();
    this.#runner = runner;
    onChange();
    const end = await runner.run(this.#options.task, {
      onOutput: (line) => this.#hear(line),
      onErrorOutput: (line) => log.warn(line),
    });
    this.#runner = undefined;
    if (end.outcome === 'Succeeded') runners.release(runner);
    return end;
  }

  #hear(line: string): void {
    const report = readReport(line);
    if (report === undefined) logRunnerLine(this.#surroundings.log, line);
    else if (report.report !== 'progress') this.#catalogue.add(report);
    else {
      this.#progress = report.progress;
      this.#surroundings.onProgress();
    }
  }

  /** False where the Job was stopped meanwhile. */
  async #backOff(failure: Failure): Promise<boolean> {
    const { backOff, clock, log, onChange } = this.#surroundings;
    const delay = delayAfter(this.#attempts, backOff);
    const message = `attempt ${this.#attempts} failed, the next one is in ${delay / 1000} s: ${describeFailure(failure)}`;
    this.#state = 'Pending';
    this.#progress = undefined;
    this.#problem = { reason: failure.code, message };
    log.warn(message, { job: this.#options.name });
    onChange();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(delay, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
    return !this.#isStopped;
  }

  #finish(state: 'Succeeded' | 'Failed', result: TaskResult): void {
    this.#state = state;
    this.#result = result;
    this.#completionTime = this.#timestamp();
    this.#surroundings.onChange();
  }

  #timestamp(): string {
    return new Date(this.#surroundings.clock.now()).toISOString();
  }
}
