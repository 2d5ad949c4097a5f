import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { ObservedJob } from '../decide/observed.ts';
import { LocalJob, type JobOptions, type JobSurroundings } from './local-job.ts';

/** The Jobs of a run on this machine, each done by a child process. */
export class ChildProcesses {
  readonly #surroundings: JobSurroundings;
  readonly #jobs = new Map<string, LocalJob>();

  constructor(surroundings: JobSurroundings) {
    this.#surroundings = surroundings;
  }

  /** A Job that is there already stays as it is. */
  create(options: JobOptions): void {
    if (this.#jobs.has(options.name)) return;
    this.#jobs.set(options.name, new LocalJob(options, this.#surroundings));
    this.#surroundings.onChange();
  }

  /** Has processes started for so many Jobs that are about to come. */
  prepare(jobs: number): void {
    this.#surroundings.runners.prepare(jobs);
  }

  /** It is gone when its child is. */
  async delete(name: string): Promise<void> {
    await this.#jobs.get(name)?.stop();
    this.#jobs.delete(name);
    this.#surroundings.onChange();
  }

  /** Deletes the Jobs that have not ended. */
  async stopAll(): Promise<void> {
    const active = this.observe().filter(({ state }) => state === 'Pending' || state === 'Running');
    await Promise.all(active.map(async ({ name }) => await this.delete(name)));
  }

  observe(): ObservedJob[] {
    return [...this.#jobs.values()].map((job) => job.observe());
  }

  /** The catalogue as its Job reported it. */
  get catalogue(): readonly TableIngestionSpec[] | undefined {
    return [...this.#jobs.values()].map((job) => job.catalogue).find((catalogue) => catalogue !== undefined);
  }
}
