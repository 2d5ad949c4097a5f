import type { Log } from '../../crds/contract/log.ts';
import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { CatalogueReader } from '../../crds/contract/catalogue-reader.ts';
import { readReport } from '../../crds/contract/report-line.ts';
import type { ListReader } from '../../crds/contract/list-reader.ts';
import type { Progress, TableResult, TaskResult } from '../../crds/contract/report.ts';
import { inlineResults, resultsReader } from '../../crds/contract/table-results.ts';
import type { Task } from '../../crds/contract/task.ts';
import type { ObservedJob, Problem } from '../decide/observed.ts';
import { backOffDelay, type BackOff } from '../engine/back-off.ts';
import type { Clock } from '../engine/work-queue.ts';
import { logRunnerLine } from './runner-log.ts';
import type { AttemptEnd, RunnerProcess } from './runner-process.ts';
import type { Runners } from './runners.ts';

/** What all Jobs of a run share. */
export interface JobDeps {
  readonly runners: Runners;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** Called instead of onChange if only numbers changed, which happens five times or more for each table. */
  readonly onProgress: () => void;
}

export interface JobOptions {
  readonly name: string;
  readonly task: Task;
  readonly tableName?: string;
  /** Those of a task that loads several, in its order. */
  readonly tableNames?: readonly string[];
  readonly retryLimit: number;
}

/**
 * A Job without Kubernetes: one attempt after the other, like a Job with `backoffLimit` and a `podFailurePolicy` for the exit codes.
 *
 * ```
 *  Pending ──▶ Running ──exit 0 and a result──▶ Succeeded
 *     ▲           ├──exit 65 or 78, or no retry left──▶ Failed
 *     └─back-off──┘ anything else
 * ```
 * `stop` ends it in any state.
 */
export class LocalJob {
  readonly #options: JobOptions;
  readonly #deps: JobDeps;
  readonly #catalogue = new CatalogueReader();
  readonly #startTime: string;
  readonly #ended: Promise<void>;
  #state: ObservedJob['state'] = 'Pending';
  #attempts = 0;
  #completionTime: string | undefined;
  #progress: Progress | undefined;
  #result: TaskResult | undefined;
  #results: readonly TableResult[] | undefined;
  #resultsReader: ListReader<TableResult> | undefined;
  #problem: Problem | undefined;
  #runner: RunnerProcess | undefined;
  #wakeUp: (() => void) | undefined;
  #isStopped = false;

  constructor(options: JobOptions, deps: JobDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#startTime = this.#timestamp();
    this.#ended = this.#run();
  }

  observe(): ObservedJob {
    const { name, task, tableName, tableNames } = this.#options;
    return {
      name,
      kind: task.kind,
      state: this.#state,
      attempts: this.#attempts,
      startTime: this.#startTime,
      ...(tableName === undefined ? {} : { tableName }),
      ...(tableNames === undefined ? {} : { tableNames }),
      ...(this.#results === undefined ? {} : { results: this.#results }),
      ...(this.#isStopped ? { deleting: true } : {}),
      ...(this.#completionTime === undefined ? {} : { completionTime: this.#completionTime }),
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      ...(this.#result === undefined ? {} : { result: this.#result }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  /** The catalogue, once the runner has reported all of it. */
  get catalogue(): readonly TableIngestionSpec[] | undefined {
    return this.#catalogue.complete;
  }

  /** Resolves once its runner has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeUp?.();
    if (this.#runner !== undefined) await this.#deps.runners.stop(this.#runner);
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
    const { runners, log, onChange } = this.#deps;
    this.#attempts++;
    this.#state = 'Running';
    this.#problem = undefined;
    this.#resultsReader = resultsReader(this.#options.tableNames?.length ?? 0);
    const runner = runners.acquire();
    this.#runner = runner;
    onChange();
    const end = await runner.run(this.#options.task, {
      onOutput: (line) => this.#handleOutput(line),
      onErrorOutput: (line) => log.warn(line),
    });
    this.#runner = undefined;
    if (end.outcome === 'Succeeded') runners.release(runner);
    return end;
  }

  #handleOutput(line: string): void {
    const report = readReport(line);
    if (report === undefined) logRunnerLine(this.#deps.log, line);
    else if (report.report === 'resultsChunk' || report.report === 'resultsEnd') this.#resultsReader?.add(report);
    else if (report.report !== 'progress') this.#catalogue.add(report);
    else {
      this.#progress = report.progress;
      this.#deps.onProgress();
    }
  }

  /** False if the Job was stopped meanwhile. */
  async #backOff(failure: Failure): Promise<boolean> {
    const { backOff, clock, log, onChange } = this.#deps;
    const delay = backOffDelay(this.#attempts, backOff);
    const message = `attempt ${this.#attempts} failed, retrying in ${delay / 1000} s: ${describeFailure(failure)}`;
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
    this.#results = this.#readResults(result);
    this.#completionTime = this.#timestamp();
    this.#deps.onChange();
  }

  /** Of a task that loads several tables: within its result, or reported before it. */
  #readResults(result: TaskResult): readonly TableResult[] | undefined {
    const { tableNames } = this.#options;
    if (tableNames === undefined) return undefined;
    const packed = result.task === 'LoadBatch' && result.outcome === 'Succeeded' ? result.results : undefined;
    return (packed && inlineResults(packed, tableNames.length)) ?? this.#resultsReader?.complete;
  }

  #timestamp(): string {
    return this.#deps.clock.date().toISOString();
  }
}
