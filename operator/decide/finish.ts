import type { Failure } from '../../crds/contract/errors.ts';
import { jobName } from '../../crds/contract/names.ts';
import type { Action } from './action.ts';
import { failureOf } from './failure.ts';
import type { MeasuredTable } from './measures.ts';
import type { Observed } from './observed.ts';

export interface FinishDecision {
  readonly state: 'Underway' | 'Done' | 'Failed';
  readonly actions: readonly Action[];
  readonly failure?: Failure;
}

/** Once all tables are done: one Job for the mothers of the loaded ones, if there are any. The Job is idempotent. */
export function decideFinish({ ingestion, jobs }: Observed, tables: readonly MeasuredTable[]): FinishDecision {
  const job = jobs.find(({ kind }) => kind === 'Finish');
  if (job?.state === 'Succeeded') return { state: 'Done', actions: [] };
  if (job?.state === 'Failed') return { state: 'Failed', actions: [], failure: failureOf(job) };
  const mothers = mothersOfLoaded(tables);
  if (mothers.length === 0) return { state: 'Done', actions: [] };
  if (job !== undefined || ingestion.spec.suspend) return { state: 'Underway', actions: [] };
  const { name, uid } = ingestion.metadata;
  return {
    state: 'Underway',
    actions: [{ type: 'CreateJob', name: jobName(name, uid, 'Finish'), work: { kind: 'Finish', mothers } }],
  };
}

/** Includes tables that an earlier run loaded: it may have been stopped before its own finish Job. */
function mothersOfLoaded(tables: readonly MeasuredTable[]): string[] {
  const loaded = tables.filter(({ status }) => status.phase === 'Loaded' || status.phase === 'AlreadyLoaded');
  return [...new Set(loaded.flatMap(({ spec }) => spec.mother ?? []))].sort();
}
