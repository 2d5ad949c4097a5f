import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { ObservedJob } from '../decide/observed.ts';
import { LocalJob, type JobOptions, type JobDeps } from './local-job.ts';

/** The Jobs of a run on this machine, each executed by a child process. */
export class ChildProcesses {
  readonly #deps: JobDeps;
  readonly #jobs = new Map<string, LocalJob>();

  constructor(deps: JobDeps) {
    this.#deps = deps;
  }

  /** Does nothing if the Job exists already. */
  create(options: JobOptions): void {
    if (this.#jobs.has(options.name)) return;
    this.#jobs.set(options.name, new LocalJob(options, this.#deps));
    this.#deps.onChange();
  }

  /** Starts processes for this many Jobs in advance. */
  prepare(jobs: number): void {
    this.#deps.runners.prepare(jobs);
  }

  /** Resolves once its child process has ended. */
  async delete(name: string): Promise<void> {
    await this.#jobs.get(name)?.stop();
    this.#jobs.delete(name);
    this.#deps.onChange();
  }

  /** Deletes the Jobs that have not ended. */
  async stopAll(): Promise<void> {
    const active = this.observe().filter(({ state }) => state === 'Pending' || state === 'Running');
    await Promise.all(active.map(async ({ name }) => await this.delete(name)));
  }

  observe(): ObservedJob[] {
    return [...this.#jobs.values()].map((job) => job.observe());
  }

  /** The catalogue that the catalogue Job reported. */
  get catalogue(): readonly TableIngestionSpec[] | undefined {
    return [...this.#jobs.values()].map((job) => job.catalogue).find((catalogue) => catalogue !== undefined);
  }
}
