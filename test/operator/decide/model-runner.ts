import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import type { Failure } from '../../../crds/contract/errors.ts';
import type { FailedResult, LoadResult, TableResult, TaskResult } from '../../../crds/contract/report.ts';
import type { NamedTable, Work } from '../../../operator/decide/action.ts';
import { subjectOf } from '../../../operator/decide/runs.ts';
import { loadResult } from '../fixtures.ts';

export interface ModelTable {
  readonly spec: TableIngestionSpec;
  /** What a load of it ends with, however often it is tried. */
  readonly fate: 'Loaded' | 'Failed' | 'Skipped';
}

export interface Scenario {
  readonly tables: readonly ModelTable[];
  readonly maxParallelJobs: number;
  readonly tablesPerJob?: number | 'Auto';
  readonly catalogueFails: boolean;
  readonly finishFails: boolean;
}

const BAD_ROW: Failure = { kind: 'Data', code: 'BadRow', message: 'a row is bad' };

/** The runners of all Jobs and the database that they load, in memory: what a task ends with is what the scenario says. */
export class ModelRunner {
  scenario: Scenario;
  /** The tables in the database, by what they are about (`subjectOf`). */
  readonly ledger = new Set<string>();
  /** What all loads fail with, whatever their table. */
  outage: Failure | undefined;
  readonly #specOf: (tableName: string) => TableIngestionSpec | undefined;

  constructor(scenario: Scenario, specOf: (tableName: string) => TableIngestionSpec | undefined) {
    this.scenario = scenario;
    this.#specOf = specOf;
  }

  resultOf(work: Work): TaskResult {
    const failed = (task: TaskResult['task']): TaskResult => ({
      task,
      outcome: 'Failed',
      failure: BAD_ROW,
    });
    if (work.kind === 'Catalogue') {
      if (this.scenario.catalogueFails) return failed('Catalogue');
      return { task: 'Catalogue', outcome: 'Succeeded', entries: this.scenario.tables.length, sha256: '', seconds: {} };
    }
    if (work.kind === 'Finish')
      return this.scenario.finishFails ? failed('Finish') : { task: 'Finish', outcome: 'Succeeded', seconds: {} };
    if (this.outage !== undefined) return { task: work.kind, outcome: 'Failed', failure: this.outage };
    if (work.kind === 'Load') return this.load(work.tableName);
    return { task: 'LoadBatch', outcome: 'Succeeded', results: { sha256: '' }, seconds: {} };
  }

  /** Of each of the tables of a shared Job. */
  resultsOf(tables: readonly NamedTable[]): TableResult[] {
    return tables.map(({ name }) => (this.outage === undefined ? this.load(name) : null));
  }

  load(tableName: string): LoadResult | FailedResult {
    const table = this.#specOf(tableName);
    const subject = table === undefined ? '' : subjectOf(table);
    const fate = this.scenario.tables.find(({ spec }) => subjectOf(spec) === subject)?.fate;
    if (fate === 'Failed') return { task: 'Load', outcome: 'Failed', failure: BAD_ROW };
    if (fate === 'Skipped') return loadResult({ outcome: 'Skipped', rows: 0, bytes: 0 });
    if (this.ledger.has(subject)) return loadResult({ outcome: 'AlreadyLoaded' });
    this.ledger.add(subject);
    return loadResult();
  }
}
