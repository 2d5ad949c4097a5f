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
  const loads = loadedBy(currentRun(ingestion).number, ingestion.metadata.uid, tables);
  const hasLoaded = loads.loaded !== undefined || mothers.length + unchangedMothers.length > 0;
  if (!hasLoaded && !isArchiving) return { state: 'Done', actions: [] };
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
          ...loads,
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

/** What was loaded, by this run and by earlier ones that count; those fail nothing where they are gone, since their owner may have dropped one. */
function loadedBy(run: number, uid: string, tables: readonly MeasuredTable[]): Pick<FinishTask, 'loaded' | 'earlier'> {
  const runs = tables.flatMap(({ spec, status }) => (status.phase === 'Loaded' ? [spec.run ?? 1] : []));
  const own = runs.filter((each) => each === run).length;
  const earlier = runs.filter((each) => each < run);
  return {
    ...(own === 0 ? {} : { loaded: own }),
    ...(earlier.length === 0
      ? {}
      : { earlier: { runs: [...new Set(earlier)].map((each) => runIdentity(uid, each)), loaded: earlier.length } }),
  };
}
