import type { Failure } from '../../crds/contract/errors.ts';
import type { ArchiveResult } from '../../crds/contract/report.ts';
import { jobName, runIdentity } from '../../crds/contract/names.ts';
import type { FinishTask } from '../../crds/contract/task.ts';
import type { Action } from './action.ts';
import { failureOf } from './failure.ts';
import type { MeasuredTable } from './measured-table.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { currentRun, identityOf } from './runs.ts';

export interface FinishDecision {
  readonly state: 'Underway' | 'Done' | 'Failed';
  readonly actions: readonly Action[];
  readonly failure?: Failure;
  readonly archive?: ArchiveResult;
  /** How many tables of earlier runs are no longer there. */
  readonly gone?: number;
}

/** Once all tables are done: one Job for the loaded ones, their mothers and the archive, if there is any of these. The Job is idempotent. */
export function decideFinish({ ingestion, jobs }: Observed, tables: readonly MeasuredTable[]): FinishDecision {
  const job = jobs.find(({ kind }) => kind === 'Finish');
  if (job?.state === 'Succeeded') return { state: 'Done', actions: [], ...resultOf(job) };
  if (job?.state === 'Failed') return { state: 'Failed', actions: [], failure: failureOf(job) };
  const mothers = mothersOf(tables, 'Loaded');
  const unchangedMothers = mothersOf(tables, 'AlreadyLoaded').filter((name) => !mothers.includes(name));
  const { archive } = ingestion.spec;
  const isArchiving = tables.length > 0 && archive !== undefined && archive.action !== 'Keep';
  const { number } = currentRun(ingestion);
  const loaded = loadedBy(number, tables).length;
  const earlier = earlierLoads(ingestion.metadata.uid, number, tables);
  if (loaded + mothers.length + unchangedMothers.length === 0 && !isArchiving) return { state: 'Done', actions: [] };
  if (job !== undefined || ingestion.spec.suspend) return { state: 'Underway', actions: [] };
  const name = jobName(ingestion.metadata.name, identityOf(ingestion), 'Finish');
  return {
    state: 'Underway',
    actions: [
      {
        ...{ type: 'CreateJob', name },
        work: {
          ...{ kind: 'Finish', mothers },
          ...(unchangedMothers.length === 0 ? {} : { unchangedMothers }),
          ...(loaded === 0 ? {} : { loaded }),
          ...(earlier === undefined ? {} : { earlier }),
        },
      },
    ],
  };
}

function resultOf({ result }: ObservedJob): Pick<FinishDecision, 'archive' | 'gone'> {
  if (result?.task !== 'Finish' || result.outcome !== 'Succeeded') return {};
  const { archive, gone } = result;
  return { ...(archive === undefined ? {} : { archive }), ...(gone === undefined ? {} : { gone }) };
}

function mothersOf(tables: readonly MeasuredTable[], phase: MeasuredTable['status']['phase']): string[] {
  const those = tables.filter(({ status }) => status.phase === phase);
  return [...new Set(those.flatMap(({ spec }) => spec.mother ?? []))].sort();
}

/** Those of earlier runs do not fail this one: since then their owner may have dropped one. */
function loadedBy(run: number, tables: readonly MeasuredTable[]): MeasuredTable[] {
  return tables.filter(({ spec, status }) => status.phase === 'Loaded' && (spec.run ?? 1) === run);
}

function earlierLoads(uid: string, current: number, tables: readonly MeasuredTable[]): FinishTask['earlier'] {
  const runs = [...new Set(tables.map(({ spec }) => spec.run ?? 1))].filter((run) => run < current);
  const loaded = runs.flatMap((run) => loadedBy(run, tables)).length;
  return loaded === 0 ? undefined : { runs: runs.map((run) => runIdentity(uid, run)), loaded };
}
