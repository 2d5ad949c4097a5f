import assert from 'node:assert/strict';
import type { Action, CreateJob, NamedTable, Work } from '../../../operator/decide/action.ts';
import { isTrue } from '../../../operator/decide/conditions.ts';
import {
  isActive,
  isLoad,
  type Observed,
  type ObservedIngestion,
  type ObservedJob,
  type ObservedTable,
  type Problem,
} from '../../../operator/decide/observed.ts';
import { currentRun, tablesOfRuns } from '../../../operator/decide/runs.ts';
import { isFinalPhase } from '../../../operator/decide/table.ts';
import type { World } from '../../../operator/engine/reconcile.ts';
import { deepFreeze, ingestion, omit, secondsLater } from '../fixtures.ts';
import { checkStatus } from './check-status.ts';
import { ModelRunner, type Scenario } from './model-runner.ts';

/** Thrown in the middle of a reconcile, in place of the operator being killed. */
export class Crash extends Error {}

/**
 * An apiserver and its Jobs in memory, for the property tests: it changes only when the test says so, and fails if a decision violates an
 * invariant.
 */
export class ModelWorld implements World {
  readonly runner: ModelRunner;
  readonly created = new Map<string, number>();
  readonly actions: Action[] = [];
  /** How many more actions are executed before a crash. */
  actionsUntilCrash = Infinity;
  isRejecting = false;
  #problem: Problem | undefined;
  #ingestion: ObservedIngestion;
  #tables = new Map<string, ObservedTable>();
  #jobs = new Map<string, { job: ObservedJob; work: Work; run: number }>();
  #catalogueIsReadable = true;
  #lost = new Set<string>();
  #seconds = 0;
  #templateDigest = 'one';

  constructor(scenario: Scenario) {
    this.runner = new ModelRunner(scenario, (name) => this.#tables.get(name)?.spec);
    const { maxParallelJobs, tablesPerJob = 1 } = scenario;
    const spec = `loading: { maxParallelJobs: ${maxParallelJobs}, tablesPerJob: ${tablesPerJob} }`;
    this.#ingestion = deepFreeze(ingestion({}, { spec }));
  }

  now(): Date {
    return secondsLater(this.#seconds);
  }

  observe(): Promise<Observed> {
    this.actions.length = 0;
    const { number } = currentRun(this.#ingestion);
    const jobs = [...this.#jobs.values()].filter(({ run }) => run === number).map(({ job }) => job);
    const isCatalogueReadable =
      jobs.some(({ kind, state }) => kind === 'Catalogue' && state === 'Succeeded') && this.#catalogueIsReadable;
    const catalogue = isCatalogueReadable ? { catalogue: this.runner.scenario.tables.map(({ spec }) => spec) } : {};
    const problem = this.#problem === undefined ? {} : { problem: this.#problem };
    const rest = { ...catalogue, ...problem, templateDigest: this.#templateDigest };
    return Promise.resolve(
      deepFreeze({
        ingestion: this.#ingestion,
        ...tablesOfRuns(this.#ingestion, [...this.#tables.values()]),
        jobs,
        ...rest,
      }),
    );
  }

  act(action: Action): Promise<void> {
    if (this.actionsUntilCrash-- <= 0) {
      // Killed after some of the tables.
      if (action.type === 'ApplyTables') this.#createTables(action.tables.slice(0, action.tables.length / 2));
      return Promise.reject(new Crash());
    }
    this.actions.push(action);
    if (action.type === 'CreateJob') this.#create(action);
    else if (action.type === 'DeleteJob') this.#jobs.delete(action.name);
    else if (action.type === 'ApplyTables') {
      this.#createTables(action.tables);
    } else if (action.type === 'DeleteTable') {
      this.#tables.delete(action.name);
    } else if (action.type === 'WriteTableStatus') {
      const table = this.#tables.get(action.name);
      assert(table, 'a status for a table that does not exist');
      assert(!isFinalPhase(table.status.phase), 'a final status is written once');
      checkStatus('TableIngestion', action.status);
      this.#tables.set(action.name, { ...table, status: action.status });
    } else if (action.type === 'WriteIngestionStatus') {
      checkStatus('DumpIngestion', action.status);
      this.#ingestion = { ...this.#ingestion, status: action.status };
    }
    return Promise.resolve();
  }

  #createTables(tables: readonly NamedTable[]): void {
    for (const { name, spec } of tables)
      if (!this.#tables.has(name)) this.#tables.set(name, { name, generation: 1, spec, status: {} });
  }

  /** As somebody does by hand. */
  deleteTable(name: string): void {
    this.#tables.delete(name);
  }

  #create({ name, work }: CreateJob): void {
    if (this.isRejecting) {
      this.#problem = { reason: 'QuotaExceeded', message: 'no more Jobs allowed' };
      return;
    }
    this.#problem = undefined;
    if (this.#jobs.has(name)) return;
    assert(!this.#ingestion.spec.suspend, 'a Job is created while suspended');
    this.created.set(name, (this.created.get(name) ?? 0) + 1);
    const names = work.kind === 'LoadBatch' ? work.tables.map((table) => table.name) : [];
    const tables = work.kind === 'Load' ? { tableName: work.tableName } : names.length > 0 ? { tableNames: names } : {};
    const built = { templateDigest: this.#templateDigest };
    this.#jobs.set(name, {
      work,
      run: currentRun(this.#ingestion).number,
      job: { name, kind: work.kind, state: 'Pending', attempts: 0, ...tables, ...built },
    });
    for (const table of work.kind === 'Load' ? [work.tableName] : names) this.#checkLoad(table);
  }

  #checkLoad(tableName: string): void {
    assert(isTrue(this.#ingestion.status.conditions, 'Catalogued'), 'a load before the catalogue is done');
    assert(!isFinalPhase(this.#tables.get(tableName)?.status.phase), 'a load of a table in a final phase');
    const active = [...this.#jobs.values()].filter(({ job }) => isLoad(job) && isActive(job)).length;
    assert(active <= this.runner.scenario.maxParallelJobs, 'more loads at the same time than allowed');
  }

  tick(): void {
    this.#seconds++;
  }

  toggleSuspend(suspend = !this.#ingestion.spec.suspend): void {
    if (this.#ingestion.spec.suspend !== suspend) this.#patch({ suspend });
  }

  trigger(trigger: string, retryPolicy: 'FailedTables' | 'All'): void {
    this.#patch({ trigger, retryPolicy });
  }

  #patch(more: Partial<ObservedIngestion['spec']>): void {
    const { metadata, spec, status } = this.#ingestion;
    this.#ingestion = {
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...spec, ...more },
      status,
    };
  }

  /** Switches between two templates. */
  toggleTemplate(): void {
    this.#templateDigest = this.#templateDigest === 'one' ? 'other' : 'one';
  }

  get activeJobs(): string[] {
    return [...this.#jobs.values()].filter(({ job }) => isActive(job)).map(({ job }) => job.name);
  }

  get endedJobs(): string[] {
    return [...this.#jobs.values()].filter(({ job }) => !isActive(job)).map(({ job }) => job.name);
  }

  get end(): { ingestion: ObservedIngestion; tables: readonly ObservedTable[] } {
    return { ingestion: this.#ingestion, tables: [...this.#tables.values()] };
  }

  /** The runner of a shared Job is killed in each attempt, each time after the first of its tables. */
  kill(name: string): void {
    const entry = this.#jobs.get(name);
    if (entry?.work.kind !== 'LoadBatch' || entry.job.state !== 'Running') return;
    const [first] = entry.work.tables;
    if (first !== undefined) this.runner.load(first.name);
    const problem = { reason: 'BackoffLimitExceeded', message: 'the runner was killed' };
    this.#set(name, { ...entry.job, state: 'Failed', problem, completionTime: this.now().toISOString() });
  }

  /** Advances a Job by one state; its result may be lost, once. */
  advance(name: string, losesResult = false): void {
    const entry = this.#jobs.get(name);
    if (entry === undefined) return;
    const { job, work } = entry;
    if (job.state === 'Pending')
      this.#change(name, { state: 'Running', attempts: 1, startTime: this.now().toISOString() });
    else if (job.state === 'Running') {
      const result = this.runner.resultOf(work);
      const isLost = losesResult && result.outcome !== 'Failed' && !this.#lost.has(name);
      if (isLost) this.#lost.add(name);
      if (work.kind === 'Catalogue') this.#catalogueIsReadable = !isLost;
      const state = result.outcome === 'Failed' ? 'Failed' : 'Succeeded';
      const shared = work.kind === 'LoadBatch' && !isLost ? { results: this.runner.resultsOf(work.tables) } : {};
      this.#change(name, { state, ...(isLost ? {} : { result, ...shared }), completionTime: this.now().toISOString() });
    }
  }

  /** A pending Job gets this problem, or loses its problem. */
  toggleProblem(name: string, problem: Problem = { reason: 'Unschedulable', message: 'no node fits' }): void {
    const job = this.#jobs.get(name)?.job;
    if (job?.state !== 'Pending') return;
    this.#set(name, job.problem === undefined ? { ...job, problem } : omit(job, 'problem'));
  }

  /** Like `ttlSecondsAfterFinished`. */
  expire(name: string): void {
    this.#jobs.delete(name);
  }

  #change(name: string, more: Partial<ObservedJob>): void {
    const entry = this.#jobs.get(name);
    if (entry === undefined) return;
    this.#set(name, { ...omit(entry.job, 'problem'), ...more });
  }

  #set(name: string, job: ObservedJob): void {
    const entry = this.#jobs.get(name);
    if (entry !== undefined) this.#jobs.set(name, { ...entry, job });
  }
}
