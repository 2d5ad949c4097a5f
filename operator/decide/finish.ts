import type { Failure } from '../../crds/contract/errors.ts';
import type { ArchiveResult } from '../../crds/contract/report.ts';
import { jobName } from '../../crds/contract/names.ts';
import type { Action } from './action.ts';
import { failureOf } from './failure.ts';
import type { MeasuredTable } from './measured-table.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { reportedTables } from './reported-tables.ts';
import { currentRun, identityOf } from './runs.ts';

export interface FinishDecision {
  readonly state: 'Underway' | 'Done' | 'Failed';
  readonly actions: readonly Action[];
  readonly failure?: Failure;
  readonly archive?: ArchiveResult;
  /** How many tables of earlier runs are no longer there. */
  readonly gone?: number;
  /** How many were not looked for. */
  readonly unasked?: number;
}

/** Once all tables are done: one Job for those that are loaded, their mothers and the archive, if there is any of these. The Job is idempotent. */
export function decideFinish({ ingestion, jobs }: Observed, tables: readonly MeasuredTable[]): FinishDecision {
  const job = jobs.find(({ kind }) => kind === 'Finish');
  if (job?.state === 'Succeeded') return { state: 'Done', actions: [], ...resultOf(job) };
  if (job?.state === 'Failed') return { state: 'Failed', actions: [], failure: failureOf(job) };
  const mothers = mothersOf(tables, 'Loaded');
  const unchangedMothers = mothersOf(tables, 'AlreadyLoaded').filter((name) => !mothers.includes(name));
  const { archive } = ingestion.spec;
  const isArchiving = tables.length > 0 && archive !== undefined && archive.action !== 'Keep';
  const hasTables = tables.some(({ status }) => status.phase === 'Loaded' || status.phase === 'AlreadyLoaded');
  if (!hasTables && !isArchiving) return { state: 'Done', actions: [] };
  if (job !== undefined || ingestion.spec.suspend) return { state: 'Underway', actions: [] };
  const { number } = currentRun(ingestion);
  const name = jobName(ingestion.metadata.name, identityOf(ingestion), 'Finish');
  return {
    state: 'Underway',
    actions: [
      {
        ...{ type: 'CreateJob', name },
        work: {
          ...{ kind: 'Finish', mothers },
          ...(unchangedMothers.length === 0 ? {} : { unchangedMothers }),
          ...reportedTables(number, ingestion.metadata.uid, tables, [...mothers, ...unchangedMothers]),
        },
      },
    ],
  };
}

function resultOf({ result }: ObservedJob): Pick<FinishDecision, 'archive' | 'gone' | 'unasked'> {
  if (result?.task !== 'Finish' || result.outcome !== 'Succeeded') return {};
  const { archive, gone = 0, unasked = 0 } = result;
  return { ...(archive === undefined ? {} : { archive }), gone, unasked };
}

function mothersOf(tables: readonly MeasuredTable[], phase: MeasuredTable['status']['phase']): string[] {
  const those = tables.filter(({ status }) => status.phase === phase);
  return [...new Set(those.flatMap(({ spec }) => spec.mother ?? []))].sort();
}
